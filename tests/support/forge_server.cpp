#include "tests/support/forge_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "state/store/percent_encoding.h"

namespace cemli::test {

using nlohmann::json;

namespace {

constexpr std::size_t kMostCharacters = 65'536;
constexpr std::size_t kMostOfNote = 1'000'000;
constexpr const char* kProject = "77";

std::size_t characters_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

ScriptedAnswer say(int status, const json& body) {
  return {status,
          {{"Content-Type", "application/json; charset=utf-8"},
           {"Date", "Thu, 26 Nov 2026 18:00:00 GMT"}},
          body.dump()};
}

ScriptedAnswer invalid(const std::string& resource, const std::string& field,
                       const std::string& code, const std::string& message) {
  return say(422, github_invalid(resource, field, code, message));
}

std::optional<std::string> text_of(const json& body, const char* name) {
  if (!body.is_object() || !body.contains(name) || !body.at(name).is_string()) return std::nullopt;
  return body.at(name).get<std::string>();
}

std::map<std::string, std::string> read_query(const std::string& text) {
  std::map<std::string, std::string> query;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('&', at), text.size());
    const std::string pair = text.substr(at, end - at);
    const std::size_t equals = pair.find('=');
    query[pair.substr(0, equals)] =
        equals == std::string::npos ? "" : percent_decode(pair.substr(equals + 1)).value_or("?");
    at = end + 1;
  }
  return query;
}

}  // namespace

struct ForgeServer::Call {
  const ReceivedRequest& request;
  std::string path;
  std::map<std::string, std::string> query;
  json body;

  [[nodiscard]] bool is(const char* method, const std::string& wanted) const {
    return request.method == method && path == wanted;
  }
  [[nodiscard]] std::string value(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? "" : found->second;
  }
};

ForgeServer::ForgeServer(Kind kind, Token token)
    : kind_(kind),
      token_(token),
      own_(token == Token::of_workflow ? ForgeUser{41898282, "github-actions[bot]", "Bot"}
                                       : ForgeUser{501, "cemli-deployer"}),
      server_([this](const ReceivedRequest& request) { return answer(request); }) {}

std::string ForgeServer::api() const {
  return server_.url() + (kind_ == Kind::gitlab ? "/api/v4" : "");
}

void ForgeServer::comment_as(const ForgeUser& author, const std::string& body) {
  const std::lock_guard lock(mutex_);
  comments_.push_back({comments_.size() + 100, author, body});
}

std::vector<ForgeComment> ForgeServer::comments() {
  const std::lock_guard lock(mutex_);
  return comments_;
}

std::vector<ForgeBranchRequest> ForgeServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ForgeServer::interrupt(Interruption interruption, When when) {
  const std::lock_guard lock(mutex_);
  interruption_ = std::move(interruption);
  when_ = when;
}

std::vector<json> ForgeServer::exchanges() {
  const std::lock_guard lock(mutex_);
  return exchanges_;
}

bool ForgeServer::has_token(const ReceivedRequest& request) const {
  const char* name = kind_ == Kind::github ? "authorization" : "private-token";
  const auto found = request.headers.find(name);
  const std::string prefix = kind_ == Kind::github ? "Bearer " : "";
  return found != request.headers.end() && found->second == prefix + kToken;
}

ScriptedAnswer ForgeServer::answer(const ReceivedRequest& request) {
  const std::lock_guard lock(mutex_);
  const std::string root = kind_ == Kind::gitlab ? "/api/v4" : "";
  const std::size_t mark = std::min(request.target.find('?'), request.target.size());
  Call call{request, request.target.substr(0, mark), {}, json::parse(request.body, nullptr, false)};
  if (mark < request.target.size()) call.query = read_query(request.target.substr(mark + 1));
  if (call.path.starts_with(root)) call.path.erase(0, root.size());
  std::optional<ScriptedAnswer> other;
  if (interruption_) other = interruption_(request);
  if (other && when_ == When::instead) return *std::move(other);
  ScriptedAnswer answered = carry_out(call);
  if (other) return *std::move(other);
  exchanges_.push_back({{"method", request.method},
                        {"path", call.path},
                        {"query", call.query},
                        {"request", request.body.empty() ? json() : call.body},
                        {"status", answered.status},
                        {"response", json::parse(answered.body)}});
  return answered;
}

ScriptedAnswer ForgeServer::carry_out(const Call& call) {
  const bool has_agent = call.request.headers.contains("user-agent");
  if (kind_ == Kind::github && !has_agent) return say(403, github_problem("Missing User-Agent"));
  if (!has_token(call.request)) {
    return kind_ == Kind::github ? say(401, github_problem("Bad credentials"))
                                 : say(401, {{"message", "401 Unauthorized"}});
  }
  const auto type = call.request.headers.find("content-type");
  const bool has_json = type != call.request.headers.end() && type->second == "application/json";
  if (!call.request.body.empty() && (!has_json || call.body.is_discarded()))
    return say(400, github_problem("Problems parsing JSON"));
  return kind_ == Kind::github ? github(call) : gitlab(call);
}

ScriptedAnswer ForgeServer::page_of(const Call& call, const json& items) const {
  const auto number = [&](const char* name, std::size_t otherwise) {
    const std::string text = call.value(name);
    return text.empty() ? otherwise : static_cast<std::size_t>(std::stoul(text));
  };
  const std::size_t size = std::min(number("per_page", 30), page_size_);
  const std::size_t page = number("page", 1);
  json shown = json::array();
  for (std::size_t i = (page - 1) * size; i < std::min(items.size(), page * size); ++i)
    shown.push_back(items.at(i));
  ScriptedAnswer answered = say(200, shown);
  if (page * size < items.size()) {
    answered.headers.emplace_back("Link",
                                  fmt::format("<{0}{1}?per_page={2}&page=1>; rel=\"first\", "
                                              "<{0}{1}?per_page={2}&page={3}>; rel=\"next\"",
                                              api(), call.path, size, page + 1));
  }
  return answered;
}

ForgeComment* ForgeServer::find_comment(const std::string& id) {
  const auto found =
      std::find_if(comments_.begin(), comments_.end(),
                   [&](const ForgeComment& comment) { return std::to_string(comment.id) == id; });
  return found == comments_.end() ? nullptr : &*found;
}

const ForgeComment& ForgeServer::add_comment(const std::string& body) {
  comments_.push_back({comments_.size() + 100, own_, body});
  return comments_.back();
}

std::vector<const ForgeBranchRequest*> ForgeServer::open_for(const std::string& branch,
                                                             const std::string& base) const {
  std::vector<const ForgeBranchRequest*> open;
  for (const ForgeBranchRequest& request : requests_) {
    if ((branch.empty() || request.branch == branch) && (base.empty() || request.base == base))
      open.push_back(&request);
  }
  return open;
}

ScriptedAnswer ForgeServer::github(const Call& call) {
  if (call.is("GET", "/user")) {
    if (token_ == Token::of_workflow)
      return say(403, github_problem("Resource not accessible by integration"));
    return say(200, github_own_user(api(), own_));
  }
  const std::string repository = fmt::format("/repos/{}", kRepository);
  const std::string list = fmt::format("{}/issues/{}/comments", repository, kRequest);
  const std::string one = repository + "/issues/comments/";
  const auto shown = [&](const ForgeComment& comment) {
    return github_comment(api(), kRepository, kRequest, comment);
  };
  if (call.path == list && call.request.method == "GET") {
    json all = json::array();
    for (const ForgeComment& comment : comments_) all.push_back(shown(comment));
    return page_of(call, all);
  }
  const auto body = text_of(call.body, "body");
  const bool is_long = body && characters_of(*body) > kMostCharacters;
  const bool writes =
      call.is("POST", list) || (call.request.method == "PATCH" && call.path.starts_with(one));
  if (writes && (!body || is_long)) {
    return invalid("IssueComment", "body", is_long ? "custom" : "missing_field",
                   is_long ? "body is too long (maximum is 65536 characters)" : "body is missing");
  }
  if (call.is("POST", list)) return say(201, shown(add_comment(*body)));
  if (writes) {
    ForgeComment* comment = find_comment(call.path.substr(one.size()));
    if (comment == nullptr) return say(404, github_problem("Not Found"));
    comment->body = *body;
    return say(200, shown(*comment));
  }
  if (call.path == repository + "/pulls") return github_pulls(call);
  return say(404, github_problem("Not Found"));
}

ScriptedAnswer ForgeServer::github_pulls(const Call& call) {
  const std::string owner = std::string(kRepository).substr(0, 4) + ":";
  if (call.request.method == "GET") {
    std::string head = call.value("head");
    // A branch without its owner selects nothing, but is no error.
    if (!head.empty() && !head.starts_with(owner)) return page_of(call, json::array());
    if (!head.empty()) head.erase(0, owner.size());
    json all = json::array();
    for (const ForgeBranchRequest* request : open_for(head, call.value("base")))
      all.push_back(github_pull(api(), kRepository, own_, *request, PullShape::simple));
    return page_of(call, all);
  }
  const auto head = text_of(call.body, "head");
  const auto base = text_of(call.body, "base");
  const auto title = text_of(call.body, "title");
  if (!head || !base || !title)
    return invalid("PullRequest",
                   !head   ? "head"
                   : !base ? "base"
                           : "title",
                   "missing_field", "a field is missing");
  if (!open_for(*head, *base).empty())
    return invalid("PullRequest", "head", "custom",
                   "A pull request already exists for " + owner + *head + ".");
  requests_.push_back(
      {requests_.size() + 20, *title, text_of(call.body, "body").value_or(""), *head, *base});
  return say(201, github_pull(api(), kRepository, own_, requests_.back(), PullShape::whole));
}

json ForgeServer::note_json(const ForgeComment& comment) const {
  return {{"id", comment.id},
          {"body", comment.body},
          {"author",
           {{"id", comment.author.id},
            {"username", comment.author.login},
            {"name", comment.author.login},
            {"state", "active"}}},
          {"created_at", "2026-11-26T18:00:00.000Z"},
          {"updated_at", "2026-11-26T18:00:00.000Z"},
          {"system", false},
          {"noteable_id", 9007},
          {"noteable_type", "MergeRequest"},
          {"noteable_iid", kRequest},
          {"resolvable", false},
          {"internal", false}};
}

json ForgeServer::merge_request_json(const ForgeBranchRequest& request) const {
  return {{"id", 9000 + request.number},
          {"iid", request.number},
          {"project_id", 77},
          {"title", request.title},
          {"description", request.body},
          {"state", "opened"},
          {"source_branch", request.branch},
          {"target_branch", request.base},
          {"web_url", fmt::format("https://gitlab.example/{}/-/merge_requests/{}", kRepository,
                                  request.number)}};
}

ScriptedAnswer ForgeServer::gitlab(const Call& call) {
  if (call.is("GET", "/user"))
    return say(200, {{"id", own_.id}, {"username", own_.login}, {"state", "active"}});
  const std::string project = fmt::format("/projects/{}", kProject);
  const std::string list = fmt::format("{}/merge_requests/{}/notes", project, kRequest);
  if (call.is("GET", list)) {
    json all = json::array();
    for (const ForgeComment& comment : comments_) all.push_back(note_json(comment));
    return page_of(call, all);
  }
  const auto body = text_of(call.body, "body");
  const bool changes = call.request.method == "PUT" && call.path.starts_with(list + "/");
  if (call.is("POST", list) || changes) {
    if (!body) return say(400, {{"error", "body is missing"}});
    if (characters_of(*body) > kMostOfNote)
      return say(400, {{"message", {{"note", {"is too long (maximum is 1000000 characters)"}}}}});
    if (!changes) return say(201, note_json(add_comment(*body)));
    ForgeComment* note = find_comment(call.path.substr(list.size() + 1));
    if (note == nullptr) return say(404, {{"message", "404 Note Not Found"}});
    if (note->author.id != own_.id) return say(403, {{"message", "403 Forbidden"}});
    note->body = *body;
    return say(200, note_json(*note));
  }
  if (call.path == project + "/merge_requests") return gitlab_requests(call);
  return say(404, {{"message", "404 Project Not Found"}});
}

ScriptedAnswer ForgeServer::gitlab_requests(const Call& call) {
  if (call.request.method == "GET") {
    json all = json::array();
    for (const ForgeBranchRequest* request :
         open_for(call.value("source_branch"), call.value("target_branch")))
      all.push_back(merge_request_json(*request));
    return page_of(call, all);
  }
  const auto source = text_of(call.body, "source_branch");
  const auto target = text_of(call.body, "target_branch");
  const auto title = text_of(call.body, "title");
  if (!source || !target || !title) {
    const char* missing = !source ? "source_branch" : !target ? "target_branch" : "title";
    return say(400, {{"error", std::string(missing) + " is missing"}});
  }
  if (!open_for(*source, *target).empty()) {
    return say(409, {{"message",
                      {fmt::format("Another open merge request already exists for this "
                                   "source branch: !{}",
                                   open_for(*source, *target).front()->number)}}});
  }
  requests_.push_back({requests_.size() + 20, *title,
                       text_of(call.body, "description").value_or(""), *source, *target});
  return say(201, merge_request_json(requests_.back()));
}

}  // namespace cemli::test
