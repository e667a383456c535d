#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/forge/forge.h"
#include "state/base/result.h"
#include "state/store/http_message.h"

namespace cemli {

/// One request to a forge's API.
struct ForgeCall {
  std::string method;
  /// Behind the API's address, with its query.
  std::string path;
  /// JSON, or empty.
  std::string body = {};
};

/// Asks a forge and reads its answers. What is lost on the way is sent again, but for what adds
/// something: whether that came about is for the caller to find out.
class ForgeSender {
 public:
  ForgeSender(const ForgePlace& place, ForgeSurroundings surroundings,
              std::vector<HttpHeader> headers);

  /// The answer to what may be sent again: GET, PATCH, PUT. A refusal is an error.
  [[nodiscard]] Result<nlohmann::json> ask(const ForgeCall& call);
  /// All of a list, page after page.
  [[nodiscard]] Result<std::vector<nlohmann::json>> list(const std::string& path);

  /// What is looked for; null where it is not there.
  using Find = std::function<Result<nlohmann::json>()>;
  /// Looks for something and adds it where it is not there. Where nobody knows what became of the
  /// addition, or the forge says that it is there already, it looks again, a few times.
  [[nodiscard]] Result<nlohmann::json> find_or_add(const Find& find, const ForgeCall& addition);

  /// Sends it once or more often. Any status is an answer.
  enum class Repeat { where_it_helps, never };
  [[nodiscard]] Result<HttpResponse> send(const ForgeCall& call, Repeat repeat);
  /// Why an answer is no success.
  [[nodiscard]] Error refusal(const ForgeCall& call, const HttpResponse& response) const;

 private:
  [[nodiscard]] HttpRequest compose(const ForgeCall& call) const;
  [[nodiscard]] std::string shown(std::string_view text) const;

  ForgePlace place_;
  ForgeSurroundings surroundings_;
  std::vector<HttpHeader> headers_;
  RetryBudget budget_;
};

/// Whether the forge says that it is asked too often, which is no missing permission.
[[nodiscard]] bool is_rate_limited(const HttpResponse& response);
/// How long until it may be asked again, where it says so: `retry-after`, `x-ratelimit-reset` or
/// `ratelimit-reset`.
[[nodiscard]] std::optional<std::chrono::milliseconds> rate_limit_wait(
    const HttpResponse& response);
/// The address of the next page in a header `link`; nothing on the last one.
[[nodiscard]] std::optional<std::string> next_page(const HttpResponse& response);

/// A member that must be there, as text and as number. `corrupt` names it.
[[nodiscard]] Result<std::string> text_in(const nlohmann::json& object, const char* name);
[[nodiscard]] Result<std::uint64_t> number_in(const nlohmann::json& object, const char* name);

}  // namespace cemli
