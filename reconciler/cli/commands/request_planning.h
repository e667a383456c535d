#pragma once

#include "reconciler/cli/wiring.h"
#include "reconciler/plan/request_plan.h"

namespace cemli {

/// What merging one revision into another changes, in all environments that this touches, or in the
/// one that `-e` names. An environment that cannot be planned is told with what is wrong.
///
/// Both plans are made on the record as it is now: of the environment as the base has it, and as
/// the merge would leave it. `not_found` where there is no environment at all.
[[nodiscard]] Result<ChangeRequest> plan_request(const GlobalOptions& options,
                                                 const GitRepository& repository,
                                                 const MergeRevisions& revisions, Streams& streams);

}  // namespace cemli
