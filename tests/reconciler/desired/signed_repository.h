#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "reconciler/desired/git_repository.h"
#include "tests/support/signing_keys.h"

namespace cemli::test {

/// A repository made by the git program, whose commits are signed as their makers like.
class SignedRepository {
 public:
  SignedRepository();
  SignedRepository(const SignedRepository&) = delete;
  SignedRepository& operator=(const SignedRepository&) = delete;
  ~SignedRepository();

  [[nodiscard]] std::filesystem::path root() const { return folder_.path() / "repo"; }
  /// Runs git, which must succeed. Returns what it printed, without line's end.
  std::string git(const std::vector<std::string>& arguments,
                  const std::map<std::string, std::string>& variables = {}) const;
  /// Writes a file, and commits all there is with these arguments more. Returns the commit's id.
  std::string commit(const std::string& path, const std::string& bytes,
                     const std::vector<std::string>& arguments = {},
                     const std::map<std::string, std::string>& variables = {}) const;
  /// The arguments that sign with an SSH key.
  [[nodiscard]] static std::vector<std::string> by_ssh(const std::filesystem::path& key);

  /// Makes an OpenPGP key in a keyring of its own, which `GNUPGHOME` then names. Returns its
  /// fingerprint.
  std::string make_openpgp_key(const std::string& owner);

  [[nodiscard]] GitRepository open() const { return GitRepository::open(root()).value(); }

 private:
  TemporaryFolder folder_;
  bool has_keyring_ = false;
};

}  // namespace cemli::test
