#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconciler/desired/rules.h"
#include "reconciler/package/manifest.h"
#include "state/base/address.h"
#include "state/base/digest.h"
#include "state/event.h"

namespace cemli {

/// Which of cemli's own environment variables steps see. Not part of any identity.
struct RunnerSettings {
  /// Names of variables that are passed on where cemli has them, sorted.
  std::vector<std::string> pass = {};
  std::map<std::string, std::string> set = {};
  enum class Home { private_folder, inherit } home = Home::private_folder;
  friend bool operator==(const RunnerSettings&, const RunnerSettings&) = default;
};

/// Where a secret's value comes from when a step needs it: `env:NAME`, `file:PATH` (a relative path
/// counts from the repository's root) or `oci-vault:OCID`, which alone has versions.
struct SecretSource {
  enum class Kind { variable, file, oci_vault } kind = Kind::variable;
  std::string name;
  friend bool operator==(const SecretSource&, const SecretSource&) = default;
};

/// A version that was chosen now, because no lock file says which.
struct FloatingVersion {
  std::string package;
  std::string version;
  /// The range of the environment file; nothing where `track: all` found the package.
  std::optional<std::string> range;
  friend bool operator==(const FloatingVersion&, const FloatingVersion&) = default;
};

/// One address as an environment desires it.
struct DesiredPackage {
  Identity identity;
  /// Direct dependencies, sorted.
  std::vector<Address> depends_on = {};
  std::vector<std::string> locks = {};
  /// Whether an interrupted attempt may simply be tried again.
  bool idempotent = false;
  Reversible reversible = Reversible::no;
  /// Which of `check`, `rollback`, `uninstall` the package has, sorted.
  std::vector<std::string> abilities = {};
  /// Whether it can tell what it would do: it has a step `dry_run`.
  bool can_rehearse = false;
  Digest zip_digest;
  std::uint64_t zip_size = 0;
  /// Names of the secrets that its steps get, sorted; the desired state says where from.
  std::vector<std::string> secrets = {};
  /// Whether a new version of one of them makes it run again (`rerun_on`).
  bool reruns_on_new_secrets = false;
  friend bool operator==(const DesiredPackage&, const DesiredPackage&) = default;
};

/// What an environment file says at one commit. Its dependencies are complete and without cycles.
struct DesiredState {
  std::string environment;
  /// Absent where the working tree was read.
  std::optional<std::string> commit;
  std::map<Address, DesiredPackage> packages;
  /// Of `rules` and the signers.
  Digest policy;
  Policy rules = {};
  RunnerSettings runner = {};
  /// By name.
  std::map<std::string, SecretSource> secrets = {};
  /// Sorted by package.
  std::vector<FloatingVersion> floating = {};
  /// The packages that the file names by a range, locked or not, with it.
  std::map<std::string, std::string> ranges = {};
  /// Whether the file desires every other package of the packages store, too.
  bool tracks_all = false;

  /// Digest of `{environment, packages: {address: identity}, policy}`.
  [[nodiscard]] Digest digest() const;
  /// The same, from the digests of the identities in the order of `packages`.
  [[nodiscard]] Digest digest(std::span<const Digest> identities) const;
  friend bool operator==(const DesiredState&, const DesiredState&) = default;
};

}  // namespace cemli
