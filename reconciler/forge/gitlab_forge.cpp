#include "reconciler/forge/gitlab_forge.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/forge/forge_flows.h"
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
    const auto kept =
        keep_comment(sender_, comment,
                     {path, "?sort=asc&order_by=created_at&per_page=100",
                      [&](const json& note) { return is_by(*own, note); },
                      [&](std::uint64_t id, std::string body) {
                        return ForgeCall{"PUT", fmt::format("{}/{}", path, id), std::move(body)};
                      }});
    if (!kept) return Error(kept.error());
    if (kept->is_null()) return std::optional<std::string>();
    const auto id = number_in(*kept, "id");
    if (!id) return Error(id.error());
    return std::optional<std::string>(
        fmt::format("note {} on merge request !{}", *id, comment.request));
  }

  Result<OpenedRequest> open_request(const NewRequest& request) override {
    const std::string requests = project_ + "/merge_requests";
    const json body{{"title", request.title},
                    {"description", request.text},
                    {"source_branch", request.branch},
                    {"target_branch", request.base}};
    return open_or_find(
        sender_,
        {fmt::format("{}?state=opened&source_branch={}&target_branch={}&per_page=100", requests,
                     percent_encode(request.branch), percent_encode(request.base)),
         {"POST", requests, body.dump()},
         "iid",
         "web_url"});
  }

 private:
  static bool is_by(std::uint64_t own, const json& note) {
    const auto author = number_in(note.contains("author") ? note.at("author") : json(), "id");
    const bool is_system = note.contains("system") && note.at("system") == true;
    return author && *author == own && !is_system;
  }

  std::string project_;
  ForgeSender sender_;
};

}  // namespace

std::unique_ptr<Forge> make_gitlab_forge(const ForgePlace& place, ForgeSurroundings surroundings) {
  return std::make_unique<GitlabForge>(place, std::move(surroundings));
}

}  // namespace cemli
