#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "reconciler/desired/desired_state.h"
#include "reconciler/desired/secret_versions.h"
#include "state/base/result.h"

namespace cemli {

class OciVault;

/// By name.
using SecretSources = std::map<std::string, SecretSource>;
/// Secret values by name.
using SecretValues = std::map<std::string, std::string>;

/// Secrets as they were read.
struct ReadSecrets {
  SecretValues values;
  /// Of those that have versions.
  SecretVersions versions;
};

/// As the environment file has it: `env:NAME`, `file:PATH` or `oci-vault:OCID`, the last with the
/// version that was read, `oci-vault:OCID@v3`.
[[nodiscard]] std::map<std::string, std::string> secret_references(const SecretSources& sources,
                                                                   const SecretVersions& versions);

/// Where secrets are: the folder that a relative file counts from (nothing where the repository has
/// no work tree), and who is asked for those at `oci-vault:`.
struct SecretPlaces {
  std::optional<std::filesystem::path> root;
  OciVault& vault;
};

/// Reads the values of `names` from where the environment file says. The last line's end is not
/// part of a value, except of a variable's. All that cannot be read, is empty, holds a NUL, or is
/// shorter than can be masked, is one error, `invalid_input` where it is of more than one cause; no
/// message tells a value.
[[nodiscard]] Result<ReadSecrets> read_secrets(const SecretSources& sources,
                                               const std::set<std::string>& names,
                                               const SecretPlaces& places);

/// The present versions of `names`, which are all at `oci-vault:`, without their values.
[[nodiscard]] Result<SecretVersions> read_secret_versions(const SecretSources& sources,
                                                          const std::set<std::string>& names,
                                                          OciVault& vault);

}  // namespace cemli
