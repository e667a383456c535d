#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cemli {

/// Whose signatures count, in OpenSSH's own formats.
struct SignerFiles {
  /// The bytes of a file as in "ALLOWED SIGNERS" of ssh-keygen(1).
  std::string allowed_signers = {};
  /// The bytes of a KRL, or of a list of public keys; nothing where no key is revoked.
  std::optional<std::string> revoked_keys = std::nullopt;
  friend bool operator==(const SignerFiles&, const SignerFiles&) = default;
};

/// Who made a signature that counts.
struct Signer {
  /// The first name that `allowed_signers` writes out for the key, or that its certificate carries;
  /// of an OpenPGP key, its e-mail address. Never a pattern.
  std::string principal;
  /// All such names, `principal` first: whoever holds the key is each of them.
  std::vector<std::string> names;
  /// `SHA256:…` as OpenSSH writes it, of a certificate the key's own; `openpgp:…` of an OpenPGP
  /// key, its primary key's fingerprint in hex.
  std::string key;
  friend bool operator==(const Signer&, const Signer&) = default;
};

/// A signature that is missing or does not count, and why: a part of a sentence.
struct NoSigner {
  std::string why;
  friend bool operator==(const NoSigner&, const NoSigner&) = default;
};

/// Nobody's until it is found out whose.
using SignatureVerdict = std::variant<NoSigner, Signer>;

}  // namespace cemli
