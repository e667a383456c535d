#pragma once

#include <string>
#include <string_view>

namespace cemli::test {

/// The same private key, encrypted (PKCS#8, AES-256).
[[nodiscard]] std::string encrypted_pem(const std::string& key_pem, const std::string& passphrase);
/// A new private key that is not RSA.
[[nodiscard]] std::string elliptic_key_pem();
/// A new RSA key of 2048 bits.
[[nodiscard]] std::string new_key_pem();

/// Base64 of the key's DER SubjectPublicKeyInfo, without line ends.
[[nodiscard]] std::string public_base64_of(const std::string& key_pem);
/// The public key that a certificate holds, in the same form. `certificate` is base64 of its DER.
[[nodiscard]] std::string public_base64_of_certificate(const std::string& certificate);
/// Base64 of the DER of a certificate that the key signs for itself. `subject` is written as
/// `CN=a/OU=b`.
[[nodiscard]] std::string certificate_of(const std::string& key_pem, const std::string& subject);
/// Digest of what the base64 text stands for, `AA:BB:…`.
[[nodiscard]] std::string sha256_fingerprint(const std::string& base64);
/// Its lines between armour of a kind, `CERTIFICATE` say.
[[nodiscard]] std::string armoured(const std::string& base64, const std::string& kind);

/// Whether the signature (RSASSA-PKCS1-v1_5, SHA-256) of the text is that key's.
[[nodiscard]] bool verifies(const std::string& public_base64, std::string_view text,
                            std::string_view signature);

}  // namespace cemli::test
