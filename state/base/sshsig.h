#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cemli {

/// What a signature says of itself, before anybody has checked it (OpenSSH's PROTOCOL.sshsig).
struct SshSignature {
  /// The public key or certificate, in the form that stands in base64 in its `.pub` file.
  std::string key;
  /// `ssh-ed25519`, or `ssh-ed25519-cert-v01@openssh.com`.
  std::string key_type;
  std::string name_space;

  [[nodiscard]] bool is_certified() const;
};

/// Reads an armoured signature; nothing where it is none.
[[nodiscard]] std::optional<SshSignature> read_ssh_signature(std::string_view text);

}  // namespace cemli
