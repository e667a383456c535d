#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "state/base/result.h"
#include "state/base/signer.h"

namespace cemli {

/// What the git program says of a commit's signature.
struct GitVerdict {
  /// As `%G?` of `git log`: G good, U good by a key of unknown trust or without a name, and others.
  char status = 'N';
  /// `SHA256:…`, or the fingerprint of the OpenPGP primary key in hex.
  std::string key;
  /// Of an OpenPGP key: `undefined`, `never`, `marginal`, `fully` or `ultimate`.
  std::string trust;
  /// The name of the key's owner.
  std::string signer;
};

/// Asks the git program for many commits at once, by id. Objects that replace others are ignored,
/// and all times are in UTC.
[[nodiscard]] Result<std::map<std::string, GitVerdict>> ask_git(
    const std::filesystem::path& git_folder, std::span<const std::string> commits,
    const SignerFiles& signers);

/// The least trust that this user's `gpg.minTrustLevel` wants, in lower case; empty where it is not
/// set.
[[nodiscard]] Result<std::string> least_trust(const std::filesystem::path& git_folder);

}  // namespace cemli
