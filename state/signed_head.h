#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

/// Heads of the log that executors sign after their runs, kept in the results store: who cuts the
/// log's tail, or makes it anew, cannot make these.
namespace cemli {

/// The namespace of heads' signatures.
inline constexpr std::string_view kHeadNamespace = "cemli-head";

/// What an executor signs.
struct HeadStatement {
  std::string environment;
  std::string log;
  Head head;
  /// By the executor's clock.
  Timestamp time;
  friend bool operator==(const HeadStatement&, const HeadStatement&) = default;
};

/// Pretty-printed JSON with a final newline: the bytes that are signed.
[[nodiscard]] std::string encode_head(const HeadStatement& statement);
/// `corrupt` says what is wrong; a newer format is refused.
[[nodiscard]] Result<HeadStatement> decode_head(std::string_view bytes);

struct SignedHead {
  std::string key;
  /// The bytes that were signed.
  std::string statement;
  std::string signature;
};

/// Keeps a head and its signature, durably. One that is signed already stays as it is.
[[nodiscard]] Result<void> keep_head(Store& results, const HeadStatement& statement,
                                     const std::string& signature);

/// The newest of an environment's signed heads that `counts` says true of; nothing where there is
/// none. One without its signature is passed over: it was cut off before it was whole.
[[nodiscard]] Result<std::optional<SignedHead>> find_newest_head(
    Store& results, const std::string& environment,
    const std::function<Result<bool>(const SignedHead&)>& counts);

}  // namespace cemli
