#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// A private RSA key. Copies share it; it may be used from several threads. Nothing of it is ever
/// part of an error.
class RsaKey {
 public:
  /// Reads the first private key's PEM block (PKCS#1 or PKCS#8) in `pem`, which may hold other
  /// text. A passphrase that is not needed is no error; a missing or wrong one is `invalid_input`.
  [[nodiscard]] static Result<RsaKey> parse(std::string_view pem,
                                            const std::optional<std::string>& passphrase);
  /// A new key of 2048 bits. Takes a moment.
  [[nodiscard]] static Result<RsaKey> generate();

  /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2): the raw signature.
  [[nodiscard]] Result<std::string> sign(std::string_view text) const;
  /// MD5 over the DER SubjectPublicKeyInfo, `aa:bb:…`: how OCI names an API key.
  [[nodiscard]] std::string fingerprint() const;
  /// The public half: base64 of the DER SubjectPublicKeyInfo, without line ends.
  [[nodiscard]] std::string public_base64() const;

 private:
  struct Handle;
  explicit RsaKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  [[nodiscard]] std::string public_der() const;

  std::shared_ptr<const Handle> handle_;
};

}  // namespace cemli
