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

/// What an environment file desires, as it was published.
struct PublishedPackages {
  /// By name. Those that the file does not name are desired by its `track: all`.
  std::map<std::string, PublishedPackage> packages = {};
  /// For each package of which no desired version is published: those that are.
  std::map<std::string, std::vector<Version>> other_versions = {};
  /// The names of all packages, where one that the file names is none.
  std::vector<std::string> names = {};
  /// The versions among them that nothing holds fast.
  std::vector<FloatingVersion> floating = {};
};

/// What the file desires, with everything known of each package. Pure. Everything wrong with the
/// set at once, each with its `file:line:column`: versions that are not published or not for this
/// environment; parameters that are unknown, missing or do not fit their declaration; secrets that
/// the file does not have; dependencies that are missing or out of range; cycles; a `track: all`
/// that finds nothing. A dependency on a package means all of its instances. `commit` is what the
/// file was read from; nothing for a working tree.
[[nodiscard]] Result<DesiredState> resolve(const EnvironmentFile& file,
                                           const PublishedPackages& published,
                                           std::optional<std::string> commit);

}  // namespace cemli
