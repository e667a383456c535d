#pragma once

#include <vector>

#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/plan.h"

namespace cemli {

/// What the environment's rules forbid of a plan, in the plan's order. Pure. Rules:
/// - `allow_removal`: without it, nothing may be removed.
[[nodiscard]] std::vector<Refusal> judge(const Policy& policy, const Plan& plan);

}  // namespace cemli
