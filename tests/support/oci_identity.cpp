#include "tests/support/oci_identity.h"

#include <nlohmann/json.hpp>

#include "state/base/base64.h"
#include "state/base/file.h"
#include "tests/support/oci_buckets.h"
#include "tests/support/oci_sample.h"
#include "tests/support/test_keys.h"

namespace cemli::test {
namespace {

/// Base64 of the URL alphabet, without padding.
std::string url_base64(const std::string& bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

ScriptedAnswer text_answer(const std::string& text) {
  return ScriptedAnswer{200, {{"Content-Type", "text/plain"}}, text};
}

ScriptedAnswer unauthorized(const std::string& why) {
  return oci_error(401, "NotAuthenticated", why);
}

}  // namespace

void OciIdentity::rotate_certificate(const std::string& tenancy) {
  key_pem_ = new_key_pem();
  certificate_ = certificate_of(
      key_pem_, "CN=ocid1.instance.oc1..sample/OU=opc-certtype:instance/OU=opc-tenant:" + tenancy);
  tenancy_ = tenancy;
}

void OciIdentity::revoke_tokens() {
  for (const std::string& key_id : key_ids_) verifier_.distrust(key_id);
}

std::string OciIdentity::issue_token(const std::string& public_base64, Moment now) {
  const Moment expires = now + lifetime_;
  const nlohmann::json claims{{"exp", expires.time_since_epoch().count()},
                              {"sub", "ocid1.instance.oc1..sample"},
                              {"res_tenant", kSampleTenancy},
                              {"serial", ++issued_}};
  const std::string token = url_base64(R"({"alg":"RS256"})") + '.' + url_base64(claims.dump()) +
                            '.' + url_base64(random_hex(16));
  key_ids_.push_back("ST$" + token);
  verifier_.trust(key_ids_.back(), public_base64, expires);
  return token;
}

ScriptedAnswer OciIdentity::metadata(const ReceivedRequest& request) {
  if (key_pem_.empty()) rotate_certificate(kSampleTenancy);
  const auto authorization = request.headers.find("authorization");
  if (authorization == request.headers.end() || authorization->second != "Bearer Oracle")
    return unauthorized("the metadata service takes only 'Bearer Oracle'");
  const std::string what = request.target.substr(std::string("/opc/v2/").size());
  if (what == "identity/cert.pem") return text_answer(armoured(certificate_, "CERTIFICATE"));
  if (what == "identity/key.pem") return text_answer(key_pem_);
  if (what == "identity/intermediate.pem")
    return text_answer(armoured(certificate_, "CERTIFICATE"));
  if (what == "instance/region") return text_answer("phx");
  return oci_error(404, "NotFound", "no such metadata");
}

ScriptedAnswer OciIdentity::federate(const ReceivedRequest& request, Moment now) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const bool is_whole = body.is_object() && body.contains("certificate") &&
                        body.contains("publicKey") && body.contains("intermediateCertificates") &&
                        body.value("fingerprintAlgorithm", "") == "SHA256";
  if (!is_whole) return oci_error(400, "InvalidParameter", "the request is incomplete");
  const auto certificate = body.at("certificate").get<std::string>();
  if (certificate != certificate_) return unauthorized("an unknown certificate");
  const auto claim = signature_claim(request);
  if (!claim || claim->key_id != tenancy_ + "/fed-x509-sha256/" + sha256_fingerprint(certificate))
    return unauthorized("the key id is not the certificate's");
  if (const auto refused = OciVerifier::refusal_by_key(request, SignatureRule::federation, now,
                                                       public_base64_of_certificate(certificate)))
    return unauthorized(*refused);
  const nlohmann::json answer{{"token", issue_token(body.at("publicKey").get<std::string>(), now)}};
  return ScriptedAnswer{200, {{"Content-Type", "application/json"}}, answer.dump()};
}

}  // namespace cemli::test
