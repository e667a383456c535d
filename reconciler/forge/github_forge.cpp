#include "reconciler/forge/github_forge.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/forge/forge_flows.h"
#include "reconciler/forge/forge_sender.h"
#include "state/store/percent_encoding.h"

namespace cemli {
namespace {

using nlohmann::json;

class GithubForge : public Forge {
 public:
  GithubForge(const ForgePlace& place, ForgeSurroundings surroundings)
      : project_(place.project),
        sender_(
            place, std::move(surroundings),
            {{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}}) {}

  Result<std::optional<std::string>> write_comment(const KeptComment& comment) override {
    const auto own = find_out_who();
    if (!own) return own.error();
    const auto kept = keep_comment(
        sender_, comment,
        {fmt::format("/repos/{}/issues/{}/comments", project_, comment.request), "?per_page=100",
         [&](const json& one) { return is_by(*own, one); },
         [&](std::uint64_t id, std::string body) {
           return ForgeCall{"PATCH", fmt::format("/repos/{}/issues/comments/{}", project_, id),
                            std::move(body)};
         }});
    if (!kept) return Error(kept.error());
    if (kept->is_null()) return std::optional<std::string>();
    auto address = text_in(*kept, "html_url");
    if (!address) return std::move(address).error();
    return std::optional<std::string>(*std::move(address));
  }

  Result<OpenedRequest> open_request(const NewRequest& request) override {
    const std::string pulls = fmt::format("/repos/{}/pulls", project_);
    const std::string owner = project_.substr(0, project_.find('/'));
    const json body{{"title", request.title},
                    {"body", request.text},
                    {"head", request.branch},
                    {"base", request.base}};
    return open_or_find(sender_, {fmt::format("{}?state=open&head={}&base={}&per_page=100", pulls,
                                              percent_encode(owner + ":" + request.branch),
                                              percent_encode(request.base)),
                                  {"POST", pulls, body.dump()},
                                  "number",
                                  "html_url"});
  }

 private:
  /// Whom the token is of; nothing for that of a workflow, which may not ask.
  Result<std::optional<std::string>> find_out_who() {
    const ForgeCall call{"GET", "/user"};
    auto answer = sender_.send(call, ForgeSender::Repeat::where_it_helps);
    if (!answer) return std::move(answer).error();
    if (answer->status == 403 && !is_rate_limited(*answer)) return std::optional<std::string>();
    if (!answer->is_success()) return sender_.refusal(call, *answer);
    auto login = text_in(json::parse(answer->body, nullptr, false), "login");
    if (!login) return std::move(login).error();
    return std::optional<std::string>(*std::move(login));
  }

  /// The author is the token's own user, or, for a workflow's token, a program: no person can pass
  /// for one.
  static bool is_by(const std::optional<std::string>& own, const json& comment) {
    const json& author = comment.contains("user") ? comment.at("user") : json();
    const auto word = text_in(author, own ? "login" : "type");
    return word && *word == own.value_or("Bot");
  }

  std::string project_;
  ForgeSender sender_;
};

}  // namespace

std::unique_ptr<Forge> make_github_forge(const ForgePlace& place, ForgeSurroundings surroundings) {
  return std::make_unique<GithubForge>(place, std::move(surroundings));
}

}  // namespace cemli
