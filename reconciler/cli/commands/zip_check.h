#pragma once

#include "reconciler/cli/wiring.h"
#include "reconciler/plan/plan.h"
#include "state/base/result.h"

namespace cemli {

/// Where packages must be signed, or the rules have changed: reads the zip of each package whose
/// programs the plan would run, whole, and compares it with what was published. `refused` where one
/// is another or is missing. A package's own attempt compares it again, but only once others have
/// run. Four are read at a time, by threads: call it once the warden is forked.
[[nodiscard]] Result<void> check_zips(const EnvironmentContext& context, const Plan& plan);

}  // namespace cemli
