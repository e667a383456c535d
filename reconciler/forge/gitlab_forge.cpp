#include "reconciler/forge/gitlab_forge.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/forge/forge_sender.h"
#include "state/store/percent_encoding.h"

namespace cemli {
namespace {

using nlohmann::json;

class GitlabForge : public Forge {
 public:
  GitlabForge(const ForgePlace& place, ForgeSurroundings surroundings)
      : project_("/projects/" + place.project), sender_(place, std::move(surroundings), {}) {}

  Result<std::optional<std::string>> write_comment(const KeptComment& comment) override {
    const auto user = sender_.ask({"GET", "/user"});
    if (!user) return Error(user.error());
    const auto own = number_in(*user, "id");
    if (!own) return Error(own.error());
    const std::string path = fmt::format("{}/merge_requests/{}/notes", project_, comment.request);
    const auto find = [&] { return find_note(path, comment.marker, *own); };
    const std::string body = json{{"body", comment.text}}.dump();
    const bool may_add = comment.if_absent == KeptComment::IfAbsent::add;
    auto there = may_add ? sender_.find_or_add(find, {"POST", path, body}) : find();
    if (!there) return std::move(there).error();
    if (there->is_null()) return std::optional<std::string>();
    const auto id = number_in(*there, "id");
    if (!id) return Error(id.error());
    const auto text = text_in(*there, "body");
    if (!text || *text != comment.text) {
      there = sender_.ask({"PUT", fmt::format("{}/{}", path, *id), body});
      if (!there) return std::move(there).error();
    }
    return std::optional<std::string>(
        fmt::format("note {} on merge request !{}", *id, comment.request));
  }

  Result<OpenedRequest> open_request(const NewRequest& request) override {
    bool was_open = false;
    const auto find = [&] { return find_request(request, was_open); };
    const json body{{"title", request.title},
                    {"description", request.text},
                    {"source_branch", request.branch},
                    {"target_branch", request.base}};
    const auto opened =
        sender_.find_or_add(find, {"POST", project_ + "/merge_requests", body.dump()});
    if (!opened) return Error(opened.error());
    const auto number = number_in(*opened, "iid");
    if (!number) return Error(number.error());
    auto address = text_in(*opened, "web_url");
    if (!address) return std::move(address).error();
    return OpenedRequest{*number, *std::move(address),
                         was_open ? OpenedRequest::Fate::was_open : OpenedRequest::Fate::opened};
  }

 private:
  /// Whoever wrote a note can change it behind its reader's back: only one of the token's own user
  /// counts.
  Result<json> find_note(const std::string& path, const std::string& marker, std::uint64_t own) {
    auto notes = sender_.list(path + "?sort=asc&order_by=created_at&per_page=100");
    if (!notes) return std::move(notes).error();
    for (json& note : *notes) {
      const auto text = text_in(note, "body");
      const auto author = number_in(note.contains("author") ? note.at("author") : json(), "id");
      const bool is_system = note.contains("system") && note.at("system") == true;
      if (text && text->starts_with(marker) && author && *author == own && !is_system)
        return std::move(note);
    }
    return json();
  }

  Result<json> find_request(const NewRequest& request, bool& was_open) {
    auto open = sender_.list(
        fmt::format("{}/merge_requests?state=opened&source_branch={}&target_branch={}&per_page=100",
                    project_, percent_encode(request.branch), percent_encode(request.base)));
    if (!open) return std::move(open).error();
    if (open->empty()) return json();
    was_open = true;
    return std::move(open->front());
  }

  std::string project_;
  ForgeSender sender_;
};

}  // namespace

std::unique_ptr<Forge> make_gitlab_forge(const ForgePlace& place, ForgeSurroundings surroundings) {
  return std::make_unique<GitlabForge>(place, std::move(surroundings));
}

}  // namespace cemli
