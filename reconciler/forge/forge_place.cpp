#include "reconciler/forge/forge_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/ascii.h"
#include "state/base/parse_json.h"
#include "state/store/percent_encoding.h"

namespace cemli {
namespace {

using nlohmann::json;

struct RemotePlace {
  std::string host;
  std::string path;
};

/// Reads `https://HOST/PATH`, `ssh://USER@HOST:PORT/PATH` and `USER@HOST:PATH`.
std::optional<RemotePlace> read_remote(std::string_view address) {
  const std::size_t scheme = address.find("://");
  const bool has_scheme = scheme != std::string_view::npos;
  const bool is_web = address.starts_with("https://") || address.starts_with("http://");
  std::string_view rest = has_scheme ? address.substr(scheme + 3) : address;
  const std::size_t end = rest.find(has_scheme ? '/' : ':');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view host = rest.substr(0, end);
  std::string_view path = rest.substr(end + 1);
  if (const std::size_t user = host.rfind('@'); user != std::string_view::npos)
    host.remove_prefix(user + 1);
  // The port of ssh is not that of the API.
  if (!is_web) host = host.substr(0, host.find(':'));
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  if (host.empty() || path.empty()) return std::nullopt;
  return RemotePlace{lower_case(host), std::string(path)};
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || number == 0) return std::nullopt;
  return number;
}

std::string without_final_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

/// `pull_request.number`, or what stands at the root.
std::optional<std::uint64_t> number_in_event(const std::optional<std::string>& event) {
  if (!event) return std::nullopt;
  const auto document = parse_json(*event);
  if (!document || !document->is_object()) return std::nullopt;
  const auto request = document->find("pull_request");
  const json& at = request != document->end() && request->is_object() ? *request : *document;
  const auto number = at.find("number");
  if (number == at.end() || !number->is_number_unsigned()) return std::nullopt;
  return number->get<std::uint64_t>();
}

/// `refs/pull/12/merge`.
std::optional<std::uint64_t> number_in_ref(const std::optional<std::string>& ref) {
  constexpr std::string_view kStart = "refs/pull/";
  if (!ref || !ref->starts_with(kStart)) return std::nullopt;
  const std::string_view rest = std::string_view(*ref).substr(kStart.size());
  return read_number(rest.substr(0, rest.find('/')));
}

std::optional<ForgeKind> kind_of(const ForgeClues& clues,
                                 const std::optional<RemotePlace>& remote) {
  if (clues.variables("GITHUB_REPOSITORY")) return ForgeKind::github;
  if (clues.variables("CI_API_V4_URL")) return ForgeKind::gitlab;
  if (!remote) return std::nullopt;
  if (remote->host.find("gitlab") != std::string::npos) return ForgeKind::gitlab;
  if (remote->host.find("github") != std::string::npos) return ForgeKind::github;
  return std::nullopt;
}

Error missing(std::string_view what, std::string_view hint) {
  return Error(ErrorCode::usage, fmt::format("nothing tells {}", what))
      .with_hint(std::string(hint));
}

bool is_repository(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
         std::all_of(text.begin(), text.end(),
                     [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                              c == '/';
                     }) &&
         std::count(text.begin(), text.end(), '/') == 1;
}

Result<ForgePlace> find_github(const ForgeClues& clues, const std::optional<RemotePlace>& remote) {
  ForgePlace place{ForgeKind::github, {}, {}};
  if (auto api = clues.variables("GITHUB_API_URL")) {
    place.api = *std::move(api);
  } else if (remote) {
    place.api = remote->host == "github.com" ? "https://api.github.com"
                                             : fmt::format("https://{}/api/v3", remote->host);
  }
  place.project = clues.variables("GITHUB_REPOSITORY").value_or(remote ? remote->path : "");
  if (!is_repository(place.project)) {
    return missing("which repository of GitHub it is",
                   "set GITHUB_REPOSITORY=OWNER/REPO, or give the repository a remote 'origin'");
  }
  place.request = number_in_event(clues.event);
  if (!place.request) place.request = number_in_ref(clues.variables("GITHUB_REF"));
  return place;
}

Result<ForgePlace> find_gitlab(const ForgeClues& clues, const std::optional<RemotePlace>& remote) {
  ForgePlace place{ForgeKind::gitlab, {}, {}};
  if (auto api = clues.variables("CI_API_V4_URL")) {
    place.api = *std::move(api);
  } else if (remote) {
    place.api = fmt::format("https://{}/api/v4", remote->host);
  }
  // A merge request from a fork is one of the project that it is to be merged into.
  auto project = clues.variables("CI_MERGE_REQUEST_PROJECT_ID");
  if (!project) project = clues.variables("CI_PROJECT_ID");
  if (!project && remote) project = remote->path;
  if (!project) {
    return missing("which project of GitLab it is",
                   "set CI_PROJECT_ID, or give the repository a remote 'origin'");
  }
  place.project = percent_encode(*project);
  if (const auto number = clues.variables("CI_MERGE_REQUEST_IID"))
    place.request = read_number(*number);
  return place;
}

}  // namespace

Result<ForgePlace> find_forge(const ForgeChoice& choice, const ForgeClues& clues) {
  const auto remote = clues.remote ? read_remote(*clues.remote) : std::nullopt;
  const auto kind = choice.kind ? choice.kind : kind_of(clues, remote);
  if (!kind)
    return missing("whether this is GitHub or GitLab", "say so: --forge github or --forge gitlab");
  auto place = *kind == ForgeKind::github ? find_github(clues, remote) : find_gitlab(clues, remote);
  if (!place) return place;
  if (choice.api) place->api = *choice.api;
  if (place->api.empty()) return missing("where the forge's API is", "name it: --forge-api URL");
  place->api = without_final_slash(std::move(place->api));
  if (choice.request) place->request = choice.request;
  return place;
}

Result<HttpHeader> find_forge_token(ForgeKind kind, const Variables& variables) {
  struct Source {
    const char* variable;
    const char* header;
    const char* prefix;
  };
  constexpr std::array<Source, 2> kGithub{
      {{"GITHUB_TOKEN", "Authorization", "Bearer "}, {"GH_TOKEN", "Authorization", "Bearer "}}};
  constexpr std::array<Source, 2> kGitlab{
      {{"GITLAB_TOKEN", "PRIVATE-TOKEN", ""}, {"CI_JOB_TOKEN", "JOB-TOKEN", ""}}};
  const auto& sources = kind == ForgeKind::github ? kGithub : kGitlab;
  for (const Source& source : sources) {
    const auto token = variables(source.variable);
    if (!token) continue;
    const bool is_plain =
        std::all_of(token->begin(), token->end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (is_plain) return HttpHeader{source.header, source.prefix + *token};
    return Error(ErrorCode::usage,
                 fmt::format("what {} holds is no token: it has a space, a line's end or another "
                             "such character",
                             source.variable));
  }
  return Error(ErrorCode::usage, fmt::format("there is no token for {}",
                                             kind == ForgeKind::github ? "GitHub" : "GitLab"))
      .with_hint(kind == ForgeKind::github
                     ? "set GITHUB_TOKEN (or GH_TOKEN) to one that may write pull requests"
                     : "set GITLAB_TOKEN to one with the scope 'api'");
}

std::string_view request_noun(ForgeKind kind) {
  return kind == ForgeKind::github ? "pull request" : "merge request";
}

}  // namespace cemli
