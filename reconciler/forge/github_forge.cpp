#include "reconciler/forge/github_forge.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

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
    auto own = find_out_who();
    if (!own) return std::move(own).error();
    const std::string path = fmt::format("/repos/{}/issues/{}/comments", project_, comment.request);
    const auto find = [&] { return find_comment(path, comment.marker, *own); };
    const std::string body = json{{"body", comment.text}}.dump();
    const bool may_add = comment.if_absent == KeptComment::IfAbsent::add;
    auto there = may_add ? sender_.find_or_add(find, {"POST", path, body}) : find();
    if (!there) return std::move(there).error();
    if (there->is_null()) return std::optional<std::string>();
    const auto text = text_in(*there, "body");
    if (!text || *text != comment.text) {
      const auto id = number_in(*there, "id");
      if (!id) return Error(id.error());
      there =
          sender_.ask({"PATCH", fmt::format("/repos/{}/issues/comments/{}", project_, *id), body});
      if (!there) return std::move(there).error();
    }
    auto address = text_in(*there, "html_url");
    if (!address) return std::move(address).error();
    return std::optional<std::string>(*std::move(address));
  }

  Result<OpenedRequest> open_request(const NewRequest& request) override {
    bool was_open = false;
    const auto find = [&] { return find_request(request, was_open); };
    const json body{{"title", request.title},
                    {"body", request.text},
                    {"head", request.branch},
                    {"base", request.base}};
    const auto opened =
        sender_.find_or_add(find, {"POST", fmt::format("/repos/{}/pulls", project_), body.dump()});
    if (!opened) return Error(opened.error());
    const auto number = number_in(*opened, "number");
    if (!number) return Error(number.error());
    auto address = text_in(*opened, "html_url");
    if (!address) return std::move(address).error();
    return OpenedRequest{*number, *std::move(address),
                         was_open ? OpenedRequest::Fate::was_open : OpenedRequest::Fate::opened};
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

  /// Whoever wrote a comment can change it behind its reader's back. So one counts only where its
  /// author is the token's own user, or, for a workflow's token, a program: no person can pass for
  /// one.
  Result<json> find_comment(const std::string& path, const std::string& marker,
                            const std::optional<std::string>& own) {
    auto comments = sender_.list(path + "?per_page=100");
    if (!comments) return std::move(comments).error();
    for (json& comment : *comments) {
      const auto text = text_in(comment, "body");
      if (!text || !text->starts_with(marker)) continue;
      const json& author = comment.contains("user") ? comment.at("user") : json();
      const auto word = text_in(author, own ? "login" : "type");
      if (word && *word == own.value_or("Bot")) return std::move(comment);
    }
    return json();
  }

  Result<json> find_request(const NewRequest& request, bool& was_open) {
    const std::string owner = project_.substr(0, project_.find('/'));
    auto open = sender_.list(fmt::format("/repos/{}/pulls?state=open&head={}&base={}&per_page=100",
                                         project_, percent_encode(owner + ":" + request.branch),
                                         percent_encode(request.base)));
    if (!open) return std::move(open).error();
    if (open->empty()) return json();
    was_open = true;
    return std::move(open->front());
  }

  std::string project_;
  ForgeSender sender_;
};

}  // namespace

std::unique_ptr<Forge> make_github_forge(const ForgePlace& place, ForgeSurroundings surroundings) {
  return std::make_unique<GithubForge>(place, std::move(surroundings));
}

}  // namespace cemli
