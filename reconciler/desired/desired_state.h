#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/package/manifest.h"
#include "state/base/address.h"
#include "state/base/digest.h"
#include "state/event.h"

namespace cemli {

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
  Digest zip_digest;
  std::uint64_t zip_size = 0;
  friend bool operator==(const DesiredPackage&, const DesiredPackage&) = default;
};

/// What an environment file says at one commit. Its dependencies are complete and without cycles.
struct DesiredState {
  std::string environment;
  /// Absent where the working tree was read.
  std::optional<std::string> commit;
  std::map<Address, DesiredPackage> packages;
  Digest policy;

  /// Digest of `{environment, packages: {address: identity}, policy}`.
  [[nodiscard]] Digest digest() const;
  friend bool operator==(const DesiredState&, const DesiredState&) = default;
};

/// Digest of the canonical JSON of `{allowed_signers, policy}` where a repository has neither:
/// `allowed_signers` (else the digest of the file's bytes in hex) is null, `policy` is `{}`.
[[nodiscard]] Digest empty_policy_digest();

}  // namespace cemli
