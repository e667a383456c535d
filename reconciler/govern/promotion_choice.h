#pragma once

#include <string>
#include <vector>

#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/resolve.h"
#include "reconciler/govern/promotion.h"
#include "state/recorded_state.h"

namespace cemli {

/// What can be promoted, and what stands against it.
struct PromotionChoice {
  /// By package.
  std::vector<Promotion> promotions = {};
  std::vector<std::string> only_in_source = {};
  std::vector<std::string> up_to_date = {};
  /// Where there is one, nothing may be written.
  std::vector<Problem> problems = {};
  friend bool operator==(const PromotionChoice&, const PromotionChoice&) = default;
};

/// Chooses what of `source` goes to `target`. Pure. Without `wanted` that is each package of the
/// target that has succeeded in the source at another version or content; else the packages of
/// these addresses, those that the target does not have yet, too. A package's version is one for
/// all of its instances, so all of them must have succeeded with one version and content, and be
/// `succeeded` now; and the target must name an exact version.
[[nodiscard]] PromotionChoice choose_promotions(const RecordedState& source,
                                                const EnvironmentFile& target,
                                                const std::vector<Address>& wanted);

/// What is wrong with the published versions of what is promoted: not there, or of other content
/// than what succeeded. `store` is the address of the target's packages store. Pure.
[[nodiscard]] std::vector<Problem> check_published(const PromotionChoice& choice,
                                                   const PublishedPackages& found,
                                                   const std::string& source,
                                                   const EnvironmentFile& target,
                                                   const std::string& store);

}  // namespace cemli
