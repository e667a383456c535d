#pragma once

#include <map>
#include <vector>

#include "reconciler/cli/wiring.h"
#include "reconciler/desired/rules.h"
#include "reconciler/plan/plan.h"
#include "reconciler/plan/policy.h"
#include "state/recorded_state.h"

namespace cemli {

/// Who signed the packages whose programs a plan would run, as `signers` have it.
[[nodiscard]] Result<std::map<Address, SignatureVerdict>> find_package_signatures(
    const EnvironmentContext& context, const Signers& signers, const Plan& plan);

/// Who signed each commit from the last converged one to the one that is planned.
[[nodiscard]] Result<std::vector<CommitVerdict>> find_commit_signatures(
    const EnvironmentContext& context, const Signers& signers, const RecordedState& recorded);

/// The approvals in the results store that may be of this plan.
[[nodiscard]] Result<std::vector<GivenApproval>> find_approvals(const EnvironmentContext& context,
                                                                const Signers& signers,
                                                                const Plan& plan);

}  // namespace cemli
