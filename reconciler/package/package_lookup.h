#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "reconciler/package/manifest.h"
#include "reconciler/package/package_keys.h"
#include "state/base/error.h"
#include "state/base/result.h"
#include "state/store/store.h"

namespace cemli {

/// Takes what the store has of the version at `place`; nothing where it does not exist.
using PackageVisitor =
    std::function<Result<void>(std::size_t place, std::optional<PublishedPackage> package)>;

/// Looks many versions up, in their order, some of them side by side; only those are in memory.
/// Fails as `PackageStore::find` does.
[[nodiscard]] Result<void> look_up_packages(Store& packages,
                                            std::span<const PackageVersion> versions,
                                            const PackageVisitor& visit);

/// In what packages, as somebody else wrote them down, are not as they were published: one problem
/// a package, in their order, none where all are the same.
[[nodiscard]] Result<std::vector<Problem>> compare_with_published(
    Store& packages, std::span<const PublishedPackage* const> written);

}  // namespace cemli
