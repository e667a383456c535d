#pragma once

#include <vector>

#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/action.h"
#include "reconciler/plan/planner.h"
#include "state/recorded_state.h"

namespace cemli {

/// The actions for what is recorded and no longer desired, dependents first. `desired_actions` are
/// the actions of all that is desired.
[[nodiscard]] std::vector<Action> plan_removals(const DesiredState& desired,
                                                const RecordedState& recorded,
                                                const std::vector<Action>& desired_actions,
                                                const PlanOptions& options);

}  // namespace cemli
