#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/lock_file.h"
#include "reconciler/desired/resolve.h"
#include "state/base/result.h"

namespace cemli {

/// The names of a package's instances, sorted.
[[nodiscard]] std::vector<std::string> instances_of(const PackageEntry& entry);

/// What a file desires as its lock file has it; nothing of it floats. `invalid_input` where the
/// lock is stale: a package, an instance, a version or a range of the file has no fitting line, or
/// a line no package. Names each package, and the command that mends it. The file has a lock.
[[nodiscard]] Result<PublishedPackages> take_locked(const EnvironmentFile& file);

/// The versions that the file's lock has and that still fit it, but for the packages to upgrade.
[[nodiscard]] std::map<std::string, Version> kept_versions(const EnvironmentFile& file,
                                                           const std::set<std::string>& upgrade);

/// The lock of what was found for a file. `conflict` where a version has other content now than the
/// file's lock has, and its policy does not let that be.
[[nodiscard]] Result<LockFile> make_lock(const EnvironmentFile& file,
                                         const PublishedPackages& found);

}  // namespace cemli
