#pragma once

#include <cstddef>

#include "reconciler/cli/wiring.h"
#include "reconciler/execute/look.h"
#include "reconciler/plan/plan.h"

namespace cemli {

/// Runs the step `check` or `dry_run` (`purpose`) of each action of `plan` that runs programs,
/// under a warden as a run's steps are, with the environment's secrets and settings. Takes no lease
/// and records nothing.
[[nodiscard]] Result<Looks> look_at_target(EnvironmentContext& context, const Plan& plan,
                                           Purpose purpose, std::size_t jobs, Streams& streams);

}  // namespace cemli
