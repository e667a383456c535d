#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconciler/desired/desired_state.h"

/// Versions of secrets as a part of what is desired: `rerun_on` of DESIGN 3.2.
namespace cemli {

/// By the secret's name: `v3`.
using SecretVersions = std::map<std::string, std::string>;

/// The secrets whose versions are part of some package's identity.
[[nodiscard]] std::set<std::string> watched_secrets(const DesiredState& desired);

/// Makes the versions part of the identities, as `secret NAME`. `versions` has all that are
/// watched.
void take_secret_versions(DesiredState& desired, const SecretVersions& versions);

/// Those of the package's secrets that have another version than its identity says, sorted.
[[nodiscard]] std::vector<std::string> moved_secrets(const DesiredPackage& package,
                                                     const SecretVersions& versions);

}  // namespace cemli
