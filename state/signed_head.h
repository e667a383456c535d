#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/recorded_state.h"
#include "state/store/key_walk.h"
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
  HeadStatement statement;
  /// The bytes that were signed.
  std::string bytes;
  std::string signature;
};

/// Keeps a head and its signature, durably. `conflict` where the same head was signed already, or
/// something else is in its place.
[[nodiscard]] Result<void> keep_head(Store& results, const HeadStatement& statement,
                                     const std::string& signature);

/// Shows the heads under `ENV/heads/` to `look`, the newest first, with what they say, until it has
/// seen enough. Left out is what does not stand under the key of its own number, is of another
/// environment, or has no signature: it was cut off before it was whole, or put there by somebody
/// else. Whose a signature is, is for others to find out.
[[nodiscard]] Result<void> look_at_heads(
    Store& results, const std::string& environment,
    const std::function<Result<KeyWalk>(const SignedHead&)>& look);

}  // namespace cemli
