#pragma once

#include "reconciler/cli/wiring.h"
#include "reconciler/plan/plan.h"
#include "state/base/result.h"

namespace cemli {

/// Where packages must be signed: reads the zip of each package that the plan would run, whole, and
/// compares it with what was signed. `refused` where one is another or is missing. A package's own
/// attempt compares it again, but only once others have run. Four are read at a time, to nowhere.
[[nodiscard]] Result<void> check_zips(const EnvironmentContext& context, const Plan& plan);

}  // namespace cemli
