#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconciler/cli/wiring.h"
#include "reconciler/desired/file_tree.h"
#include "reconciler/plan/plan.h"
#include "reconciler/plan/policy.h"
#include "state/success_search.h"

namespace cemli {

/// The versions that a plan brings addresses to, by package.
[[nodiscard]] std::map<std::string, VersionContent> versions_to_run(const Plan& plan);

/// What the manifests of those packages say: as the lock file has them, else from the packages
/// store. Of each, `fields` alone are kept.
[[nodiscard]] Result<std::map<std::string, ManifestFacts>> find_manifests(
    const EnvironmentContext& context, const Plan& plan, const std::set<std::string>& fields);

/// Another environment's record, where one commit says that it is.
struct PromotionSource {
  std::string environment;
  std::optional<StoreAddresses> stores;
  friend bool operator==(const PromotionSource&, const PromotionSource&) = default;
};
[[nodiscard]] Result<PromotionSource> find_promotion_source(const FileTree& tree,
                                                            const std::string& environment);

/// Which of the packages that a plan would run have succeeded there.
[[nodiscard]] Result<std::set<std::string>> find_promoted(const EnvironmentContext& context,
                                                          const PromotionSource& source,
                                                          const Plan& plan);

/// `refused` (where the environment's rules want a lock, else `corrupt`) where a line of the lock
/// file is not what was published of a package that the plan would run: it was edited by hand, or
/// the store has other content now. Without a lock file there is nothing to compare.
[[nodiscard]] Result<void> check_lock_lines(const EnvironmentContext& context, const Plan& plan);

}  // namespace cemli
