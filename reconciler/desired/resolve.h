#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/desired/desired_state.h"
#include "reconciler/desired/environment_file.h"
#include "reconciler/package/manifest.h"
#include "state/base/result.h"

namespace cemli {

/// What the packages store has of what an environment file names.
struct PublishedPackages {
  /// By name and version.
  std::map<std::pair<std::string, std::string>, PublishedPackage> packages = {};
  /// For each package of which the desired version is not published: those that are.
  std::map<std::string, std::vector<Version>> other_versions = {};
};

/// What the file desires, with everything known of each package. Pure. Everything wrong with the
/// set at once, each with its `file:line:column`: versions that are not published; parameters that
/// are unknown, missing or of the wrong type; dependencies that are missing or out of range;
/// cycles. `commit` is what the file was read from; nothing for a working tree.
[[nodiscard]] Result<DesiredState> resolve(const EnvironmentFile& file,
                                           const PublishedPackages& published,
                                           std::optional<std::string> commit);

}  // namespace cemli
