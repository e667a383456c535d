#pragma once

#include <map>
#include <string>

#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/resolve.h"
#include "reconciler/package/package_lookup.h"
#include "state/base/result.h"
#include "state/base/semver.h"

namespace cemli {

/// Looks in the packages store for what a file desires. A range takes the newest version that fits
/// and that may be desired in this environment, after its manifest; `track: all` takes of every
/// other package the newest such version that is no pre-release. Blocks; fails with the store's
/// errors. What is not published is not one: `resolve` says so. A version in `kept` is taken as it
/// is, and `not_found` where it is no longer published.
[[nodiscard]] Result<PublishedPackages> find_packages(
    const EnvironmentFile& file, Store& packages,
    const std::map<std::string, Version>& kept = {});

}  // namespace cemli
