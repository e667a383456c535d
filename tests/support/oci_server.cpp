#include "tests/support/oci_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "state/base/base64.h"
#include "tests/support/oci_sample.h"
#include "tests/support/test_keys.h"

namespace cemli::test {
namespace {

constexpr const char* kRefused =
    "The required information to complete authentication was not provided or was incorrect.";

const std::string kSampleKeyId = kSampleTenancy + '/' + kSampleUser + '/' + kSampleFingerprint;

bool is_upload(const ReceivedRequest& request) {
  return request.method == "PUT" && (request.target.find("/o/") != std::string::npos ||
                                     request.target.find("/u/") != std::string::npos);
}

SignatureRule rule_of(const ReceivedRequest& request) {
  const bool has_body =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  return has_body && !is_upload(request) ? SignatureRule::body : SignatureRule::plain;
}

ScriptedAnswer fault_answer(const OciFault& fault) {
  if (fault.status == 0) {
    ScriptedAnswer dropped;
    dropped.fault = ScriptedAnswer::Fault::drop;
    return dropped;
  }
  ScriptedAnswer answer = oci_error(fault.status, fault.code, "made up by a test");
  answer.headers.insert(answer.headers.end(), fault.headers.begin(), fault.headers.end());
  return answer;
}

}  // namespace

OciServer::OciServer() {
  verifier_.trust(kSampleKeyId, public_base64_of(sample_key_pem()));
  buckets_.make(kNamespace, kBucket);
  http_ = std::make_unique<HttpServer>(
      [this](const ReceivedRequest& request) { return answer(request); });
}

std::vector<std::string> OciServer::refusals() {
  const auto guard = lock();
  return refusals_;
}

void OciServer::fail_next(std::vector<OciFault> faults) {
  const auto guard = lock();
  for (OciFault& fault : faults) faults_[fault.method].push_back(std::move(fault));
}

void OciServer::answer_conditions_early() {
  http_->answer_early_if([this](const ReceivedRequest& request) {
    const auto guard = lock();
    return buckets_.refuses_early(request);
  });
}

void OciServer::set_clock_ahead(std::chrono::seconds by) {
  const auto guard = lock();
  clock_ahead_ = by;
}

void OciServer::set_page_size(std::size_t size) {
  const auto guard = lock();
  buckets_.set_page_size(size);
}

void OciServer::deny_creation() {
  const auto guard = lock();
  denies_creation_ = true;
}

void OciServer::distrust_sample_key() {
  const auto guard = lock();
  verifier_.distrust(kSampleKeyId);
}

std::string OciServer::object(const std::string& key) {
  const auto guard = lock();
  return buckets_.objects(kNamespace, kBucket).at(key).bytes;
}

std::map<std::string, std::string> OciServer::objects() {
  const auto guard = lock();
  std::map<std::string, std::string> objects;
  for (const auto& [name, object] : buckets_.objects(kNamespace, kBucket))
    objects.emplace(name, object.bytes);
  return objects;
}

std::size_t OciServer::open_uploads() {
  const auto guard = lock();
  return buckets_.open_uploads();
}

void OciServer::put_object(const std::string& key, const std::string& bytes,
                           std::chrono::seconds ago) {
  const auto guard = lock();
  buckets_.objects(kNamespace, kBucket)[key] = OciBuckets::Object{
      bytes, "0c9f6f3c-1111-4222-8333-444455556666", "text/plain", "1", now() - ago};
}

void OciServer::replace_bytes(const std::string& key, const std::string& bytes) {
  const auto guard = lock();
  buckets_.objects(kNamespace, kBucket).at(key).bytes = bytes;
}

void OciServer::set_secret(const std::string& id, const std::string& value) {
  const auto guard = lock();
  secrets_[id].push_back(value);
}

std::chrono::sys_seconds OciServer::now() const {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + clock_ahead_;
}

ScriptedAnswer OciServer::answer(const ReceivedRequest& request) {
  const auto guard = lock();
  ScriptedAnswer answer = answer_or_fail(request);
  answer.headers.emplace_back("Date", http_date(now()));
  answer.headers.emplace_back("opc-request-id", fmt::format("request-{}", ++answered_));
  answer.headers.emplace_back("x-api-id", "native");
  const auto client_id = request.headers.find("opc-client-request-id");
  if (client_id != request.headers.end())
    answer.headers.emplace_back("opc-client-request-id", client_id->second);
  return answer;
}

ScriptedAnswer OciServer::answer_or_fail(const ReceivedRequest& request) {
  auto& faults = faults_[request.method];
  if (faults.empty() || request.target.find(faults.front().target) == std::string::npos)
    return carry_out(request);
  const OciFault fault = faults.front();
  faults.pop_front();
  if (fault.when == OciFault::When::after) static_cast<void>(carry_out(request));
  return fault_answer(fault);
}

ScriptedAnswer OciServer::carry_out(const ReceivedRequest& request) {
  if (request.target.starts_with("/opc/v2/")) return identity_.metadata(request);
  ScriptedAnswer answer;
  if (request.target == "/v1/x509") {
    answer = identity_.federate(request, now());
    if (answer.status == 401) refusals_.push_back(answer.body);
    return answer;
  }
  if (const auto refused = verifier_.refusal(request, rule_of(request), now())) {
    refusals_.push_back(*refused);
    return oci_error(401, "NotAuthenticated", kRefused);
  }
  if (request.target.starts_with("/20190301/secretbundles/")) return secret(request);
  if (denies_creation_ && is_upload(request))
    return oci_error(404, "NotAuthorizedOrNotFound", "Authorization failed or resource not found");
  if (request.target == "/n" || request.target.starts_with("/n/"))
    return buckets_.answer(request, now());
  return oci_error(404, "NotAuthorizedOrNotFound", "Authorization failed or resource not found");
}

ScriptedAnswer OciServer::secret(const ReceivedRequest& request) const {
  constexpr std::string_view kVersions = "/versions";
  std::string path = request.target.substr(0, request.target.find('?'));
  const bool asks_for_versions = path.ends_with(kVersions);
  if (asks_for_versions) path.resize(path.size() - kVersions.size());
  const auto found = secrets_.find(path.substr(path.rfind('/') + 1));
  if (found == secrets_.end() || request.method != "GET")
    return oci_error(404, "NotAuthorizedOrNotFound", "Authorization failed or resource not found");
  nlohmann::json bundle{{"secretId", found->first},
                        {"versionNumber", found->second.size()},
                        {"stages", {"CURRENT", "LATEST"}}};
  ScriptedAnswer answer{200, {{"Content-Type", "application/json"}}};
  if (!asks_for_versions) {
    bundle["secretBundleContent"] = {{"contentType", "BASE64"},
                                     {"content", to_base64(found->second.back())}};
    answer.body = bundle.dump();
  } else if (request.target.find("page=second") != std::string::npos) {
    answer.body = nlohmann::json::array({bundle}).dump();
  } else {
    answer.headers.emplace_back("opc-next-page", "second");
    const nlohmann::json pending{{"versionNumber", found->second.size() + 1},
                                 {"stages", {"PENDING"}}};
    answer.body = nlohmann::json::array({pending}).dump();
  }
  return answer;
}

}  // namespace cemli::test
