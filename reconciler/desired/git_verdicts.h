#pragma once

#include <filesystem>
#include <map>
#include <set>
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
  /// The name of the key's owner.
  std::string signer;
};

/// Asks the git program for many commits at once, by id. Objects that replace others are ignored,
/// and all times are in UTC.
[[nodiscard]] Result<std::map<std::string, GitVerdict>> ask_git(
    const std::filesystem::path& git_folder, std::span<const std::string> commits,
    const SignerFiles& signers);

/// Of commits with good OpenPGP signatures, those whose keys this user trusts too little: less than
/// `gpg.minTrustLevel` wants, or never.
[[nodiscard]] Result<std::set<std::string>> find_distrusted(const std::filesystem::path& git_folder,
                                                            std::span<const std::string> commits);
/// Whether this user's `gpg.minTrustLevel` wants any trust.
[[nodiscard]] Result<bool> wants_trust(const std::filesystem::path& git_folder);

}  // namespace cemli
