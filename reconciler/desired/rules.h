#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/package/manifest.h"
#include "state/base/digest.h"
#include "state/base/signer.h"

namespace cemli {

/// Whose signatures a rule takes: principals by patterns with `*` and `?`, sorted; where there are
/// none, those of any signer.
struct SignerRule {
  std::vector<std::string> by = {};
  friend bool operator==(const SignerRule&, const SignerRule&) = default;
};

/// How many people must have approved a plan.
struct ApprovalRule {
  std::uint64_t count = 1;
  /// Whether the approval of somebody who signed a commit, or a package, of the change counts.
  bool not_commit_author = false;
  bool not_package_author = false;
  std::chrono::milliseconds expire = std::chrono::hours(7 * 24);
  /// As in `SignerRule`.
  std::vector<std::string> by = {};
  friend bool operator==(const ApprovalRule&, const ApprovalRule&) = default;
};

/// Fields of a manifest (`tags.NAME`, too) that must be there; where there is a pattern (RE2), all
/// of the field's text must match it.
using Requirements = std::map<std::string, std::optional<std::string>>;

/// The rules of an environment file (DESIGN 3.6).
struct Policy {
  /// Whether `uninstall` may run for what is no longer desired.
  bool allow_removal = false;
  /// Whether content that changed under one version is an update instead of an error.
  bool mutable_versions = false;
  /// Whether the file may name neither ranges nor `track: all`.
  bool exact_versions = false;
  /// Whether there must be a lock file.
  bool locked = false;
  /// The environment in which a version must have succeeded before it may run here.
  std::optional<std::string> promoted = std::nullopt;
  Requirements require = {};
  /// What kinds of packages may run; all where there are none.
  std::set<PackageType> types = {};
  std::optional<SignerRule> signed_packages = std::nullopt;
  std::optional<SignerRule> signed_commits = std::nullopt;
  std::optional<ApprovalRule> approvals = std::nullopt;
  /// How many addresses one run may change.
  std::optional<std::uint64_t> max_changes = std::nullopt;
  friend bool operator==(const Policy&, const Policy&) = default;
};

/// The files beside the environment's that say whose signatures count, byte for byte where they
/// exist: `environments/allowed_signers` and `environments/revoked_keys`.
struct Signers {
  std::optional<std::string> allowed = std::nullopt;
  std::optional<std::string> revoked = std::nullopt;
  friend bool operator==(const Signers&, const Signers&) = default;
};

/// As signatures are judged by; nothing where nobody's count.
[[nodiscard]] std::optional<SignerFiles> files_of(const Signers& signers);

/// The canonical JSON of `{allowed_signers, policy}`: the digest of that file's bytes in hex, or
/// null, and the rules that are not at their default. Where there are revoked keys, `revoked_keys`
/// is a third member, the digest of that file's bytes.
[[nodiscard]] std::string policy_document(const Policy& policy, const Signers& signers);
/// The digest of its bytes.
[[nodiscard]] Digest policy_digest(const Policy& policy, const Signers& signers = {});

/// The names of what differs, sorted: rules, `allowed_signers`, `revoked_keys`.
[[nodiscard]] std::vector<std::string> changed_rules(const Policy& before,
                                                     const Signers& signers_before,
                                                     const Policy& now, const Signers& signers_now);

}  // namespace cemli
