#pragma once

#include <chrono>
#include <map>
#include <string>

#include "tests/support/http_server.h"
#include "tests/support/oci_verifier.h"

namespace cemli::test {

/// An instance's metadata service, the federation endpoint that gives tokens for its certificate,
/// and the tokens that Functions leaves in files.
class OciIdentity {
 public:
  using Moment = std::chrono::sys_seconds;

  /// Tokens that it gives out are trusted by `verifier`, which must outlive it.
  explicit OciIdentity(OciVerifier& verifier) : verifier_(verifier) {}

  /// How long tokens live from now on.
  void set_token_lifetime(std::chrono::seconds lifetime) { lifetime_ = lifetime; }
  /// The instance gets a new key and certificate, of this tenancy.
  void rotate_certificate(const std::string& tenancy);
  /// The tokens given out so far count no more.
  void revoke_tokens();
  /// A token for whoever holds the key: `header.claims.signature`.
  [[nodiscard]] std::string issue_token(const std::string& public_base64, Moment now);
  [[nodiscard]] int tokens_issued() const { return issued_; }

  /// Answers a request below `/opc/v2/`.
  [[nodiscard]] ScriptedAnswer metadata(const ReceivedRequest& request);
  /// Answers `POST /v1/x509`, which the certificate's key must have signed.
  [[nodiscard]] ScriptedAnswer federate(const ReceivedRequest& request, Moment now);

 private:
  OciVerifier& verifier_;
  std::chrono::seconds lifetime_ = std::chrono::minutes(20);
  std::string key_pem_;
  std::string certificate_;
  std::string tenancy_;
  int issued_ = 0;
  std::vector<std::string> key_ids_;
};

}  // namespace cemli::test
