#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "state/base/file.h"

namespace cemli::test {

/// SSH keys in a folder of their own, made by ssh-keygen.
class SigningKeys {
 public:
  SigningKeys();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  /// A new private key, with its public half beside it. Returns its path.
  std::filesystem::path make(const std::string& name, const std::string& type = "ed25519",
                             const std::string& passphrase = "") const;
  /// Key type and key, as in `NAME.pub`.
  [[nodiscard]] std::string public_key(const std::string& name) const;
  /// A key's certificate for these principals, by another key; `validity` is as of `ssh-keygen -V`.
  /// Returns its path.
  [[nodiscard]] std::filesystem::path certify(const std::string& name, const std::string& authority,
                                              const std::string& principals,
                                              const std::string& validity = "always:forever") const;
  /// The bytes of a KRL of these keys.
  [[nodiscard]] std::string revocation_list(const std::vector<std::string>& names) const;
  /// The same as a list of public keys.
  [[nodiscard]] std::string revoked_lines(const std::vector<std::string>& names) const;
  /// `SHA256:…`
  [[nodiscard]] std::string fingerprint(const std::string& name) const;

 private:
  TemporaryFolder folder_;
};

/// An ssh-agent, ended at the end of its life.
class SigningAgent {
 public:
  explicit SigningAgent(const std::filesystem::path& folder);
  SigningAgent(const SigningAgent&) = delete;
  SigningAgent& operator=(const SigningAgent&) = delete;
  ~SigningAgent();

  [[nodiscard]] std::string socket() const { return socket_; }
  void add(const std::filesystem::path& key) const;

 private:
  std::string socket_;
  pid_t pid_ = -1;
};

}  // namespace cemli::test
