#include "state/store/oci_answers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/parse_json.h"

namespace cemli {
namespace {

using std::chrono::seconds;

/// What the services accept.
constexpr std::chrono::minutes kMostSkew{5};
constexpr std::size_t kMostWords = 300;

std::string text_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ErrorCode oci_code_of(int status, const std::string& code) {
  // The service hides what may not be seen behind a 404, too.
  if (status == 404 && code != "NotAuthorizedOrNotFound") return ErrorCode::not_found;
  // What becomes of a conflict is not decided yet.
  if (status == 408 || status == 409 || status == 429 || status >= 500)
    return ErrorCode::unavailable;
  return ErrorCode::denied;
}

std::string describe_skew(seconds ahead) {
  return fmt::format("this machine's clock is {} {} the service's",
                     describe_duration(std::chrono::abs(ahead)),
                     ahead > seconds(0) ? "ahead of" : "behind");
}

std::optional<std::string> hint_for(const HttpResponse& response, const OciRefusal& refusal,
                                    bool is_skewed) {
  if (is_skewed)
    return "set the clock of this machine, for example by NTP; the key is not what is wrong";
  if (response.status == 401) return "check user, tenancy, fingerprint and key, or get a new token";
  if (refusal.code == "BucketNotFound" || refusal.code == "NamespaceNotFound")
    return "make the bucket, mend the store's address, or let a policy allow to read it";
  if (response.status == 403 || response.status == 404)
    return "a policy must allow this: docs/oci.md lists what each role needs";
  return std::nullopt;
}

}  // namespace

OciRefusal read_oci_refusal(const HttpResponse& response) {
  // A proxy on the way may answer with a page of its own.
  const auto json = parse_json(response.body);
  if (!json || !json->is_object()) return {};
  return {text_member(*json, "code"), text_member(*json, "message").substr(0, kMostWords)};
}

std::optional<seconds> oci_clock_skew(const HttpResponse& response, Timestamp sent_at) {
  const std::string* date = response.header("date");
  const auto theirs = date != nullptr ? parse_http_date(*date) : std::nullopt;
  if (!theirs) return std::nullopt;
  const auto ahead = std::chrono::duration_cast<seconds>(sent_at - *theirs);
  if (std::chrono::abs(ahead) < kMostSkew) return std::nullopt;
  return ahead;
}

Error oci_error(const HttpRequest& request, const HttpResponse& response, Timestamp sent_at,
                std::string_view who) {
  const OciRefusal refusal = read_oci_refusal(response);
  const auto skew = response.status == 401 ? oci_clock_skew(response, sent_at) : std::nullopt;
  std::string what = fmt::format("{}: HTTP {}", describe_request(request), response.status);
  if (!refusal.code.empty()) what += ' ' + refusal.code;
  if (skew) {
    what += ": " + describe_skew(*skew);
  } else if (response.status == 401) {
    what += fmt::format(": the service does not accept {}", who);
  } else if (!refusal.message.empty()) {
    what += ": " + refusal.message;
  }
  what += describe_request_id(response);
  Error error(oci_code_of(response.status, refusal.code), std::move(what));
  if (auto hint = hint_for(response, refusal, skew.has_value()))
    return std::move(error).with_hint(*std::move(hint));
  return error;
}

Result<OciListPage> read_oci_list(std::string_view document) {
  const auto wrong = [] {
    return Error(ErrorCode::corrupt, "reading a list: the answer is no list of objects");
  };
  auto json = parse_json(document);
  if (!json) return std::move(json).error().while_doing("reading a list");
  const auto objects = json->is_object() ? json->find("objects") : json->end();
  if (objects == json->end() || !objects->is_array()) return wrong();
  OciListPage page;
  for (const nlohmann::json& object : *objects) {
    std::string name = object.is_object() ? text_member(object, "name") : std::string();
    if (name.empty()) return wrong();
    page.names.push_back(std::move(name));
  }
  if (std::string next = text_member(*json, "nextStartWith"); !next.empty())
    page.next = std::move(next);
  return page;
}

std::string oci_upload_document(const std::string& object, const std::string& digest_header,
                                const Digest& digest) {
  const nlohmann::json document{{"object", object},
                                {"contentType", "application/octet-stream"},
                                {"metadata", {{digest_header, digest.hex()}}}};
  return document.dump();
}

Result<std::string> read_oci_upload_id(std::string_view document) {
  auto json = parse_json(document);
  if (!json) return std::move(json).error().while_doing("beginning an upload");
  std::string id = json->is_object() ? text_member(*json, "uploadId") : std::string();
  if (id.empty())
    return Error(ErrorCode::corrupt, "beginning an upload: the answer does not name it");
  return id;
}

std::string oci_commit_document(const std::vector<std::string>& etags) {
  nlohmann::json parts = nlohmann::json::array();
  for (const std::string& etag : etags)
    parts.push_back({{"partNum", parts.size() + 1}, {"etag", etag}});
  return nlohmann::json{{"partsToCommit", std::move(parts)}}.dump();
}

}  // namespace cemli
