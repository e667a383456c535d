#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "tests/support/http_server.h"

namespace cemli::test {

/// Which headers a request must have signed.
enum class SignatureRule {
  plain,       ///< date, method and path, host
  body,        ///< those that describe the body too
  federation,  ///< those of the body, but not the host
};

/// What an `Authorization` header says.
struct SignatureClaim {
  std::string key_id;
  std::vector<std::string> headers;  ///< their names, in lower case
  std::string signature;             ///< base64
};

/// Judges requests as Oracle's services do, apart from the product's own signer.
class OciVerifier {
 public:
  using Moment = std::chrono::sys_seconds;

  /// From now on this key id stands for that public key (base64 of its SubjectPublicKeyInfo), until
  /// it expires.
  void trust(const std::string& key_id, const std::string& public_base64,
             std::optional<Moment> expires = std::nullopt);
  /// The key id stands for nothing any more, as that of a token that was revoked.
  void distrust(const std::string& key_id) { keys_.erase(key_id); }

  /// Why the request is refused by a service whose clock shows `now`; nothing where it is taken.
  [[nodiscard]] std::optional<std::string> refusal(const ReceivedRequest& request,
                                                   SignatureRule rule, Moment now) const;
  /// The same of a request that one public key must have signed, whatever its key id says.
  [[nodiscard]] static std::optional<std::string> refusal_by_key(const ReceivedRequest& request,
                                                                 SignatureRule rule, Moment now,
                                                                 const std::string& public_base64);

 private:
  struct TrustedKey {
    std::string public_base64;
    std::optional<Moment> expires;
  };
  std::map<std::string, TrustedKey> keys_;
};

/// The claim of the request's `Authorization` header; nothing where it has none that can be read.
[[nodiscard]] std::optional<SignatureClaim> signature_claim(const ReceivedRequest& request);

/// `Thu, 26 Nov 2026 07:02:47 GMT`.
[[nodiscard]] std::string http_date(std::chrono::sys_seconds time);

}  // namespace cemli::test
