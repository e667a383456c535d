#include "reconciler/forge/forge_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "state/base/ascii.h"
#include "state/base/canonical_json.h"
#include "state/base/parse_json.h"

namespace cemli {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kMostRetries = 100;
/// A pipeline that waits longer for its turn looks stuck.
constexpr milliseconds kPatience = seconds(60);
constexpr int kMostTurns = 3;
constexpr int kMostPages = 100;
constexpr std::size_t kMostWords = 300;
constexpr seconds kTimeout{60};

std::optional<std::int64_t> whole_number(const std::string* text) {
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

const std::string* reset_of(const HttpResponse& response) {
  const std::string* github = response.header("x-ratelimit-reset");
  return github != nullptr ? github : response.header("ratelimit-reset");
}

/// What an answer that is no success says: `message` and `errors` of GitHub; `message` (a text, or
/// lists by field) or `error` of GitLab.
std::string words_of(const HttpResponse& response) {
  const auto document = parse_json(response.body);
  if (!document || !document->is_object()) return "";
  std::vector<std::string> words;
  const auto take = [&](const json& value) {
    if (value.is_string()) {
      words.push_back(value.get<std::string>());
    } else if (!value.is_null()) {
      words.push_back(value.dump(-1, ' ', false, json::error_handler_t::replace));
    }
  };
  for (const char* name : {"message", "error"}) {
    if (const auto found = document->find(name); found != document->end()) take(*found);
  }
  if (const auto errors = document->find("errors");
      errors != document->end() && errors->is_array()) {
    for (const json& error : *errors) {
      const bool has_text = error.is_object() && error.contains("message");
      take(has_text ? error.at("message") : error);
    }
  }
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : "; ") + word;
  return text;
}

/// Whether the forge may have done what it was asked to.
bool is_unclear(const Result<HttpResponse>& answer) {
  if (!answer) return answer.error().code() == ErrorCode::unavailable;
  return answer->status >= 500 || answer->status == 408;
}

/// 409 of GitLab and 422 of GitHub may mean that it is there.
bool may_be_there(const HttpResponse& response) {
  return response.status == 409 || response.status == 422;
}

ErrorCode code_of(const HttpResponse& response) {
  if (is_rate_limited(response) || response.status >= 500 || response.status == 408)
    return ErrorCode::unavailable;
  if (response.status == 401 || response.status == 403) return ErrorCode::denied;
  if (response.status == 404 || response.status == 410) return ErrorCode::not_found;
  return ErrorCode::invalid_input;
}

std::optional<std::string> hint_for(const HttpResponse& response, ForgeKind kind) {
  const bool is_github = kind == ForgeKind::github;
  if (is_rate_limited(response)) {
    const auto wait = rate_limit_wait(response);
    if (!wait) return "this token has asked too often; try again in some minutes";
    return fmt::format("this token has asked too often; it may ask again in {} s",
                       std::chrono::duration_cast<seconds>(*wait).count());
  }
  if (response.status == 401) {
    return is_github ? "GITHUB_TOKEN or GH_TOKEN holds a token that is wrong or has expired"
                     : "GITLAB_TOKEN holds a token that is wrong or has expired";
  }
  if (response.status == 403 || response.status == 404) {
    return is_github ? "the token must be one of this repository that may write pull requests; in "
                       "a workflow: permissions: {contents: read, pull-requests: write}"
                     : "the token must be one of this project with the scope 'api'; that of a job "
                       "(CI_JOB_TOKEN) may not write comments";
  }
  if (response.status >= 300 && response.status < 400)
    return "the repository has moved: give its new address";
  return std::nullopt;
}

}  // namespace

ForgeSender::ForgeSender(const ForgePlace& place, ForgeSurroundings surroundings,
                         std::vector<HttpHeader> headers)
    : place_(place),
      surroundings_(std::move(surroundings)),
      headers_(std::move(headers)),
      budget_(kMostRetries) {
  headers_.push_back(surroundings_.token);
}

HttpRequest ForgeSender::compose(const ForgeCall& call) const {
  HttpRequest request{call.method, place_.api + call.path, headers_};
  request.timeout = kTimeout;
  if (!call.body.empty()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = std::string_view(call.body);
  }
  return request;
}

Result<HttpResponse> ForgeSender::send(const ForgeCall& call, Repeat repeat) {
  RetryPolicy policy;
  policy.patience = kPatience;
  if (repeat == Repeat::never) policy.most_attempts = 1;
  const ComposeRequest composed = [&]() -> Result<HttpRequest> {
    HttpRequest request = compose(call);
    if (repeat == Repeat::never) request.connection = ConnectionUse::new_one;
    return request;
  };
  for (int turn = 1;; ++turn) {
    auto answer = std::move(send_with_retries(*surroundings_.client, std::span(&composed, 1),
                                              policy, {budget_, surroundings_.sleep})
                                .front());
    if (!answer || turn == kMostTurns || !is_rate_limited(*answer)) return answer;
    // What was refused for that was not carried out.
    const auto wait = rate_limit_wait(*answer);
    if (!wait || *wait > kPatience) return answer;
    surroundings_.sleep(*wait + seconds(1));
  }
}

Result<json> ForgeSender::ask(const ForgeCall& call) {
  auto answer = send(call, Repeat::where_it_helps);
  if (!answer) return std::move(answer).error();
  if (!answer->is_success()) return refusal(call, *answer);
  auto document = parse_json(answer->body);
  if (!document) {
    return Error(ErrorCode::corrupt,
                 fmt::format("{}: the answer is not JSON: {}", describe_request(compose(call)),
                             document.error().message()));
  }
  return document;
}

Result<std::vector<json>> ForgeSender::list(const std::string& path) {
  std::vector<json> all;
  ForgeCall call{"GET", path};
  for (int page = 0; page < kMostPages; ++page) {
    auto answer = send(call, Repeat::where_it_helps);
    if (!answer) return std::move(answer).error();
    if (!answer->is_success()) return refusal(call, *answer);
    auto items = parse_json(answer->body);
    if (!items || !items->is_array()) {
      return Error(ErrorCode::corrupt,
                   fmt::format("{}: the answer is not a list", describe_request(compose(call))));
    }
    for (json& item : *items) all.push_back(std::move(item));
    const auto next = next_page(*answer);
    if (!next) return all;
    // The token goes nowhere else.
    if (!next->starts_with(place_.api + "/")) {
      return Error(ErrorCode::denied, fmt::format("the list goes on at '{}', which is not {}",
                                                  shown(*next), place_.api));
    }
    call.path = next->substr(place_.api.size());
  }
  return Error(ErrorCode::unavailable, fmt::format("{} has more than {} pages",
                                                   describe_request(compose(call)), kMostPages));
}

Result<json> ForgeSender::find_or_add(const Find& find, const ForgeCall& addition) {
  std::optional<Error> refused;
  for (int turn = 1;; ++turn) {
    auto found = find();
    if (!found || !found->is_null()) return found;
    if (refused) return *std::move(refused);
    auto answer = send(addition, Repeat::never);
    if (answer && answer->is_success()) {
      auto added = parse_json(answer->body);
      if (added && added->is_object()) return added;
      refused =
          Error(ErrorCode::corrupt, fmt::format("{}: the answer is not what the forge documents",
                                                describe_request(compose(addition))));
    } else if (answer && may_be_there(*answer)) {
      refused = refusal(addition, *answer);
    } else if (turn == kMostTurns || !is_unclear(answer)) {
      if (!answer) return std::move(answer).error();
      return refusal(addition, *answer);
    } else {
      surroundings_.sleep(seconds(turn));
    }
  }
}

std::string ForgeSender::shown(std::string_view text) const {
  std::string words = replace_invalid_utf8(text.substr(0, kMostWords));
  for (char& c : words) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') c = ' ';
  }
  const std::string& header = surroundings_.token.value;
  const std::string token = header.substr(header.rfind(' ') + 1);
  for (std::size_t at = words.find(token); at != std::string::npos; at = words.find(token, at))
    words.replace(at, token.size(), "***");
  return words;
}

Error ForgeSender::refusal(const ForgeCall& call, const HttpResponse& response) const {
  std::string what = fmt::format("{}: HTTP {}", describe_request(compose(call)), response.status);
  if (const std::string words = shown(words_of(response)); !words.empty()) what += ": " + words;
  Error error(code_of(response), std::move(what));
  if (auto hint = hint_for(response, place_.kind)) return std::move(error).with_hint(*hint);
  return error;
}

bool is_rate_limited(const HttpResponse& response) {
  if (response.status == 429) return true;
  if (response.status != 403) return false;
  const std::string* remaining = response.header("x-ratelimit-remaining");
  if (response.header("retry-after") != nullptr || (remaining != nullptr && *remaining == "0"))
    return true;
  return lower_case(response.body).find("rate limit") != std::string::npos;
}

std::optional<milliseconds> rate_limit_wait(const HttpResponse& response) {
  if (const auto asked = retry_after(response)) return asked;
  const auto reset = whole_number(reset_of(response));
  const std::string* date = response.header("date");
  const auto now = date != nullptr ? parse_http_date(*date) : std::nullopt;
  if (!reset || !now) return std::nullopt;
  const seconds wait = std::chrono::sys_seconds(seconds(*reset)) - *now;
  return std::max(wait, seconds(0));
}

std::optional<std::string> next_page(const HttpResponse& response) {
  const std::string* link = response.header("link");
  if (link == nullptr) return std::nullopt;
  std::string_view rest = *link;
  for (std::size_t begin = rest.find('<'); begin != std::string_view::npos;
       begin = rest.find('<')) {
    const std::size_t end = rest.find('>', begin);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view address = rest.substr(begin + 1, end - begin - 1);
    rest.remove_prefix(end + 1);
    const std::string_view parameters = rest.substr(0, rest.find('<'));
    if (parameters.find("rel=\"next\"") != std::string_view::npos) return std::string(address);
  }
  return std::nullopt;
}

Result<std::string> text_in(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (object.is_object() && found != object.end() && found->is_string())
    return found->get<std::string>();
  return Error(ErrorCode::corrupt, fmt::format("the forge's answer has no '{}'", name));
}

Result<std::uint64_t> number_in(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (object.is_object() && found != object.end() && found->is_number_unsigned())
    return found->get<std::uint64_t>();
  return Error(ErrorCode::corrupt, fmt::format("the forge's answer has no '{}'", name));
}

}  // namespace cemli
