#include "tests/support/oci_verifier.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "state/base/base64.h"
#include "state/base/digest.h"
#include "state/store/http.h"
#include "tests/support/test_keys.h"

namespace cemli::test {
namespace {

constexpr std::chrono::minutes kMostSkew{5};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The value of `name="…"`.
std::optional<std::string> parameter(const std::string& header, const std::string& name) {
  for (const char* before : {" ", ","}) {
    const std::string start = before + name + "=\"";
    const std::size_t at = header.find(start);
    if (at == std::string::npos) continue;
    const std::size_t from = at + start.size();
    const std::size_t end = header.find('"', from);
    if (end == std::string::npos) return std::nullopt;
    return header.substr(from, end - from);
  }
  return std::nullopt;
}

std::optional<std::string> header_of(const ReceivedRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  if (found == request.headers.end()) return std::nullopt;
  return found->second;
}

/// The names that must be signed: by the rule, and those that always are where they are sent.
std::vector<std::string> required_headers(const ReceivedRequest& request, SignatureRule rule) {
  std::vector<std::string> names{"(request-target)",
                                 request.headers.contains("x-date") ? "x-date" : "date"};
  if (rule != SignatureRule::federation) names.emplace_back("host");
  if (rule != SignatureRule::plain) {
    for (const char* name : {"content-length", "content-type", "x-content-sha256"})
      names.emplace_back(name);
  }
  for (const char* name : {"opc-obo-token", "x-cross-tenancy-request", "x-subscription"}) {
    if (request.headers.contains(name)) names.emplace_back(name);
  }
  return names;
}

std::optional<std::string> signed_text(const ReceivedRequest& request,
                                       const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += '\n';
    if (name == "(request-target)") {
      text += name + ": " + lower(request.method) + ' ' + request.target;
      continue;
    }
    const auto value = header_of(request, name);
    if (!value) return std::nullopt;
    text += name + ": " + *value;
  }
  return text;
}

std::optional<std::string> date_refusal(const ReceivedRequest& request,
                                        std::chrono::sys_seconds now) {
  auto text = header_of(request, "x-date");
  if (!text) text = header_of(request, "date");
  const auto date = text ? parse_http_date(*text) : std::nullopt;
  if (!date) return "no date";
  const auto skew = *date > now ? *date - now : now - *date;
  if (skew > kMostSkew) return fmt::format("the date is {} s off", skew.count());
  return std::nullopt;
}

std::optional<std::string> body_refusal(const ReceivedRequest& request,
                                        const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), "x-content-sha256") == names.end()) return std::nullopt;
  if (header_of(request, "x-content-sha256") != to_base64(Digest::of(request.body).bytes()))
    return "the body has another digest";
  return std::nullopt;
}

}  // namespace

std::optional<SignatureClaim> signature_claim(const ReceivedRequest& request) {
  const auto header = header_of(request, "authorization");
  if (!header || !header->starts_with("Signature ")) return std::nullopt;
  const auto names = parameter(*header, "headers");
  const auto key_id = parameter(*header, "keyId");
  const auto signature = parameter(*header, "signature");
  if (!names || !key_id || !signature || parameter(*header, "version") != "1" ||
      parameter(*header, "algorithm") != "rsa-sha256")
    return std::nullopt;
  SignatureClaim claim{*key_id, {}, *signature};
  std::istringstream words(lower(*names));
  for (std::string word; words >> word;) claim.headers.push_back(word);
  return claim;
}

void OciVerifier::trust(const std::string& key_id, const std::string& public_base64,
                        std::optional<Moment> expires) {
  keys_[key_id] = TrustedKey{public_base64, expires};
}

std::optional<std::string> OciVerifier::refusal(const ReceivedRequest& request, SignatureRule rule,
                                                Moment now) const {
  const auto claim = signature_claim(request);
  if (!claim) return "no signature";
  const auto key = keys_.find(claim->key_id);
  if (key == keys_.end()) return "an unknown key";
  if (key->second.expires && *key->second.expires <= now) return "an expired token";
  return refusal_by_key(request, rule, now, key->second.public_base64);
}

std::optional<std::string> OciVerifier::refusal_by_key(const ReceivedRequest& request,
                                                       SignatureRule rule, Moment now,
                                                       const std::string& public_base64) {
  const auto claim = signature_claim(request);
  if (!claim) return "no signature";
  for (const std::string& name : required_headers(request, rule)) {
    if (std::find(claim->headers.begin(), claim->headers.end(), name) == claim->headers.end())
      return name + " is not signed";
  }
  if (auto refused = date_refusal(request, now)) return refused;
  if (auto refused = body_refusal(request, claim->headers)) return refused;
  const auto text = signed_text(request, claim->headers);
  const auto signature = from_base64(claim->signature);
  if (!text) return "a header is signed and not sent";
  if (!signature || !verifies(public_base64, *text, *signature)) return "a wrong signature";
  return std::nullopt;
}

std::string http_date(std::chrono::sys_seconds time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace cemli::test
