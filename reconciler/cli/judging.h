#pragma once

#include "reconciler/cli/wiring.h"
#include "reconciler/plan/plan.h"
#include "state/base/result.h"
#include "state/recorded_state.h"

namespace cemli {

/// Judges a plan by the rules and signers of what is planned AND by those of the last commit that
/// converged, so that nobody loosens the rule that judges them, and writes what they refuse, and
/// which rules have changed, into the plan. Nobody is asked for what no rule needs; an error where
/// what one needs cannot be found out. A plan without work is not refused.
///
/// Where the repository does not have that commit, that is a refusal; it is not needed where the
/// rules are the same still. `desired` is what the plan was made of.
[[nodiscard]] Result<void> judge_plan(const EnvironmentContext& context,
                                      const DesiredState& desired, const RecordedState& recorded,
                                      Plan& plan);

}  // namespace cemli
