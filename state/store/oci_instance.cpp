#include "state/store/oci_instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "state/base/ascii.h"
#include "state/base/parse_json.h"
#include "state/store/certificate.h"
#include "state/store/oci_answers.h"
#include "state/store/oci_regions.h"
#include "state/store/oci_signer.h"

namespace cemli {
namespace {

constexpr const char* kMetadata = "http://169.254.169.254/opc/v2";
constexpr std::string_view kInstance = "the certificate of this instance";

/// What the instance is, by its metadata.
struct InstanceFacts {
  Certificate leaf;
  RsaKey key;
  Certificate intermediate;
  std::string tenancy;
  OciRegion region;
};

void sleep_for(std::chrono::milliseconds pause) {
  std::this_thread::sleep_for(pause);
}

std::optional<std::string> tenancy_of(const Certificate& leaf) {
  for (const std::string& value : leaf.subject) {
    for (const std::string_view start : {"opc-tenant:", "opc-identity:"}) {
      if (value.starts_with(start)) return value.substr(start.size());
    }
  }
  return std::nullopt;
}

class Instance {
 public:
  explicit Instance(StoreSurroundings surroundings)
      : surroundings_(std::move(surroundings)),
        // The metadata service speaks no TLS: its address leads no further than to the host.
        metadata_http_(
            {.plain_http = PlainHttp::anywhere, .connect_timeout = std::chrono::seconds(2)}) {
    // The pool owns this: with a way back, neither would ever go.
    surroundings_.oci_credentials.reset();
  }

  Result<OciCredential> fetch() {
    auto facts = read_facts();
    if (!facts) return std::move(facts).error().while_doing("asking the metadata service");
    if (tenancy_ && *tenancy_ != facts->tenancy)
      return Error(ErrorCode::denied, "the instance is of another tenancy than before");
    tenancy_ = facts->tenancy;
    auto session_key = RsaKey::generate();
    if (!session_key) return std::move(session_key).error();
    auto token = ask_for_token(*facts, *session_key);
    if (!token) return std::move(token).error();
    const auto expires = oci_token_expiry(*token);
    return OciCredential{{oci_session_key_id(*token), *std::move(session_key)},
                         fmt::format("the instance of the tenancy {}", facts->tenancy),
                         expires,
                         facts->region.id};
  }

 private:
  Result<std::string> metadata(const std::string& path) {
    const HttpRequest request{
        .method = "GET",
        .url = surroundings_.variables("OCI_METADATA_BASE_URL").value_or(kMetadata) + path,
        .headers = {{"authorization", "Bearer Oracle"}},
        .timeout = std::chrono::seconds(10),
        .proxy = ProxyUse::none};
    const ComposeRequest compose = [&request]() -> Result<HttpRequest> { return request; };
    auto answer = std::move(send_with_retries(metadata_http_, std::span(&compose, 1), policy_,
                                              {*surroundings_.retries, &sleep_for})
                                .front());
    if (!answer) return std::move(answer).error();
    if (!answer->is_success()) return oci_error(request, *answer, wall_now(), "this request");
    return std::move(answer->body);
  }

  Result<InstanceFacts> read_facts() {
    auto leaf_pem = metadata("/identity/cert.pem");
    if (!leaf_pem) return std::move(leaf_pem).error();
    auto leaf = parse_certificate(*leaf_pem);
    if (!leaf) return std::move(leaf).error().while_doing("cert.pem");
    auto key_pem = metadata("/identity/key.pem");
    if (!key_pem) return std::move(key_pem).error();
    auto key = RsaKey::parse(*key_pem, std::nullopt);
    if (!key) return std::move(key).error().while_doing("key.pem");
    auto intermediate_pem = metadata("/identity/intermediate.pem");
    if (!intermediate_pem) return std::move(intermediate_pem).error();
    auto intermediate = parse_certificate(*intermediate_pem);
    if (!intermediate) return std::move(intermediate).error().while_doing("intermediate.pem");
    auto name = metadata("/instance/region");
    if (!name) return std::move(name).error();
    auto region = find_oci_region(trimmed(*name), surroundings_.variables);
    if (!region) return std::move(region).error();
    auto tenancy = tenancy_of(*leaf);
    if (!tenancy)
      return Error(ErrorCode::invalid_input, "cert.pem: the certificate names no tenancy");
    return InstanceFacts{*std::move(leaf), *std::move(key), *std::move(intermediate),
                         *std::move(tenancy), *std::move(region)};
  }

  Result<std::string> ask_for_token(const InstanceFacts& facts, const RsaKey& session_key) {
    const std::string endpoint = surroundings_.variables("OCI_SDK_AUTH_CLIENT_REGION_URL")
                                     .value_or(oci_auth_endpoint(facts.region));
    const nlohmann::json body{
        {"certificate", facts.leaf.base64},
        {"publicKey", session_key.public_base64()},
        {"intermediateCertificates", nlohmann::json::array({facts.intermediate.base64})},
        {"fingerprintAlgorithm", "SHA256"},
        {"purpose", "DEFAULT"}};
    const std::string text = body.dump();
    const OciSigningKey who{oci_federation_key_id(facts.tenancy, facts.leaf.sha256), facts.key};
    HttpRequest request{.method = "POST",
                        .url = endpoint + "/v1/x509",
                        .body = std::string_view(text),
                        .timeout = std::chrono::seconds(30)};
    Timestamp sent_at{};
    const ComposeRequest compose = [&]() -> Result<HttpRequest> {
      sent_at = wall_now();
      auto headers = sign_oci_request(
          {"POST", "", "/v1/x509", OciSigning::federation, "application/json", text}, who,
          format_http_date(sent_at));
      if (!headers) return std::move(headers).error();
      request.headers = *std::move(headers);
      return request;
    };
    auto answer = std::move(send_with_retries(*surroundings_.http, std::span(&compose, 1), policy_,
                                              {*surroundings_.retries, &sleep_for})
                                .front());
    if (!answer) return std::move(answer).error().while_doing("asking for a security token");
    if (!answer->is_success()) {
      return oci_error(request, *answer, sent_at, kInstance)
          .while_doing("asking for a security token");
    }
    const auto json = parse_json(answer->body);
    const bool has_token =
        json && json->is_object() && json->contains("token") && json->at("token").is_string();
    if (!has_token) return Error(ErrorCode::corrupt, "the answer holds no security token");
    return json->at("token").get<std::string>();
  }

  StoreSurroundings surroundings_;
  HttpClient metadata_http_;
  RetryPolicy policy_{.most_attempts = 4};
  std::optional<std::string> tenancy_;
};

}  // namespace

FetchOciCredential oci_instance_credentials(const StoreSurroundings& surroundings) {
  return [instance = std::make_shared<Instance>(surroundings)] { return instance->fetch(); };
}

}  // namespace cemli
