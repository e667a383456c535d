#pragma once

#include <map>
#include <vector>

#include "reconciler/cli/wiring.h"
#include "reconciler/desired/rules.h"
#include "reconciler/plan/plan.h"
#include "reconciler/plan/policy.h"
#include "state/base/clock.h"
#include "state/recorded_state.h"

namespace cemli {

/// Who signed the packages whose programs a plan would run, as `signers` have it at `now`.
[[nodiscard]] Result<std::map<Address, SignatureVerdict>> find_package_signatures(
    const EnvironmentContext& context, const Signers& signers, const Plan& plan,
    const RecordedState& recorded, Timestamp now);

/// Who wrote and who signed each commit from the last converged one to the one that is planned.
[[nodiscard]] Result<std::vector<CommitVerdict>> find_commit_signatures(
    const EnvironmentContext& context, const Signers& signers, const RecordedState& recorded,
    Timestamp now);

/// The approvals in the results store that were given at `since` or later and that may be of this
/// plan: those that cover it, and of the others those that name it; where there are none, the last
/// one that was given.
[[nodiscard]] Result<std::vector<GivenApproval>> find_approvals(const EnvironmentContext& context,
                                                                const Signers& signers,
                                                                const Plan& plan,
                                                                const RecordedState& recorded,
                                                                Timestamp since, Timestamp now);

}  // namespace cemli
