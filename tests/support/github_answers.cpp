#include "tests/support/github_answers.h"

#include <fmt/format.h>

namespace cemli::test {
namespace {

using nlohmann::json;

constexpr const char* kTime = "2026-11-26T19:01:12Z";
constexpr const char* kDocumentation = "https://docs.github.com/rest";

/// Members that hold an address each.
void add_addresses(json& object, const std::string& at, std::initializer_list<const char*> names) {
  for (const char* name : names) object[name] = at + "/" + name;
}

json repository_json(const std::string& api, const std::string& name, const ForgeUser& user) {
  const std::string at = api + "/repos/" + name;
  json repository{{"id", 1296269},
                  {"node_id", "MDEwOlJlcG9zaXRvcnkxMjk2MjY5"},
                  {"name", name.substr(name.find('/') + 1)},
                  {"full_name", name},
                  {"owner", github_user(api, user)},
                  {"private", true},
                  {"description", nullptr},
                  {"fork", false},
                  {"default_branch", "main"},
                  {"homepage", nullptr},
                  {"language", nullptr},
                  {"license", nullptr},
                  {"mirror_url", nullptr},
                  {"pushed_at", kTime},
                  {"created_at", kTime},
                  {"updated_at", kTime}};
  for (const char* no : {"archived", "disabled", "has_pages", "has_wiki", "has_projects",
                         "has_downloads", "has_issues"})
    repository[no] = false;
  for (const char* count : {"forks", "forks_count", "open_issues", "open_issues_count", "size",
                            "stargazers_count", "watchers", "watchers_count"})
    repository[count] = 0;
  add_addresses(repository, at, {"archive_url",       "assignees_url",
                                 "blobs_url",         "branches_url",
                                 "collaborators_url", "comments_url",
                                 "commits_url",       "compare_url",
                                 "contents_url",      "contributors_url",
                                 "deployments_url",   "downloads_url",
                                 "events_url",        "forks_url",
                                 "git_commits_url",   "git_refs_url",
                                 "git_tags_url",      "hooks_url",
                                 "html_url",          "issue_comment_url",
                                 "issue_events_url",  "issues_url",
                                 "keys_url",          "labels_url",
                                 "languages_url",     "merges_url",
                                 "milestones_url",    "notifications_url",
                                 "pulls_url",         "releases_url",
                                 "stargazers_url",    "statuses_url",
                                 "subscribers_url",   "subscription_url",
                                 "tags_url",          "teams_url",
                                 "trees_url",         "url",
                                 "clone_url",         "git_url",
                                 "ssh_url",           "svn_url"});
  return repository;
}

}  // namespace

json github_user(const std::string& api, const ForgeUser& user) {
  json object{{"id", user.id},     {"node_id", "MDQ6VXNlcjE="}, {"login", user.login},
              {"gravatar_id", ""}, {"site_admin", false},       {"type", user.type}};
  add_addresses(object, api + "/users/" + std::to_string(user.id),
                {"avatar_url", "events_url", "followers_url", "following_url", "gists_url",
                 "html_url", "organizations_url", "received_events_url", "repos_url", "starred_url",
                 "subscriptions_url", "url"});
  return object;
}

json github_own_user(const std::string& api, const ForgeUser& user) {
  json object = github_user(api, user);
  object.update({{"bio", nullptr},
                 {"blog", nullptr},
                 {"company", nullptr},
                 {"email", nullptr},
                 {"followers", 0},
                 {"following", 0},
                 {"hireable", nullptr},
                 {"location", nullptr},
                 {"name", nullptr},
                 {"public_gists", 0},
                 {"public_repos", 1},
                 {"created_at", kTime},
                 {"updated_at", kTime},
                 {"user_view_type", "public"}});
  return object;
}

json github_comment(const std::string& api, const std::string& repository, std::uint64_t request,
                    const ForgeComment& comment) {
  const std::string at = api + "/repos/" + repository;
  return {{"id", comment.id},
          {"node_id", "MDEyOklzc3VlQ29tbWVudDE="},
          {"url", fmt::format("{}/issues/comments/{}", at, comment.id)},
          {"html_url", fmt::format("https://github.example/{}/pull/{}#issuecomment-{}", repository,
                                   request, comment.id)},
          {"issue_url", fmt::format("{}/issues/{}", at, request)},
          {"body", comment.body},
          {"user", github_user(api, comment.author)},
          {"author_association", "COLLABORATOR"},
          {"created_at", kTime},
          {"updated_at", kTime}};
}

json github_pull(const std::string& api, const std::string& repository, const ForgeUser& user,
                 const ForgeBranchRequest& request, PullShape shape) {
  const std::string at = fmt::format("{}/repos/{}/pulls/{}", api, repository, request.number);
  const std::string owner = repository.substr(0, repository.find('/'));
  const auto side = [&](const std::string& branch) {
    return json{{"label", owner + ":" + branch},
                {"ref", branch},
                {"repo", repository_json(api, repository, user)},
                {"sha", "6dcb09b5b57875f334f61aebed695e2e4193db5e"},
                {"user", github_user(api, user)}};
  };
  json links = json::object();
  for (const char* name : {"comments", "commits", "statuses", "html", "issue", "review_comments",
                           "review_comment", "self"})
    links[name] = {{"href", at + "/" + name}};
  json pull{{"id", 1000 + request.number},
            {"node_id", "MDExOlB1bGxSZXF1ZXN0MQ=="},
            {"number", request.number},
            {"state", "open"},
            {"locked", false},
            {"title", request.title},
            {"body", request.body},
            {"user", github_user(api, user)},
            {"head", side(request.branch)},
            {"base", side(request.base)},
            {"labels", json::array()},
            {"_links", std::move(links)},
            {"author_association", "COLLABORATOR"},
            {"created_at", kTime},
            {"updated_at", kTime}};
  for (const char* none :
       {"assignee", "auto_merge", "closed_at", "merge_commit_sha", "merged_at", "milestone"})
    pull[none] = nullptr;
  add_addresses(pull, at,
                {"comments_url", "commits_url", "diff_url", "issue_url", "patch_url",
                 "review_comment_url", "review_comments_url", "statuses_url", "url"});
  pull["html_url"] = fmt::format("https://github.example/{}/pull/{}", repository, request.number);
  if (shape == PullShape::simple) return pull;
  for (const char* count :
       {"additions", "changed_files", "comments", "commits", "deletions", "review_comments"})
    pull[count] = 1;
  pull.update({{"mergeable", true},
               {"mergeable_state", "clean"},
               {"merged", false},
               {"merged_by", nullptr},
               {"maintainer_can_modify", false}});
  return pull;
}

json github_problem(const std::string& message) {
  return {{"message", message}, {"documentation_url", kDocumentation}};
}

json github_invalid(const std::string& resource, const std::string& field, const std::string& code,
                    const std::string& message) {
  return {
      {"message", "Validation Failed"},
      {"documentation_url", kDocumentation},
      {"errors",
       json::array(
           {{{"resource", resource}, {"field", field}, {"code", code}, {"message", message}}})}};
}

}  // namespace cemli::test
