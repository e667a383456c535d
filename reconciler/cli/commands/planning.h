#pragma once

#include "reconciler/cli/wiring.h"
#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/plan.h"
#include "reconciler/plan/planner.h"
#include "state/base/clock.h"
#include "state/log.h"

namespace cemli {

/// A plan with what it was made from.
struct Planning {
  DesiredState desired;
  LogReading reading;
  Plan plan;
  /// What it was, and is again, planned with.
  PlanOptions options = {};
};

/// Reads what is desired and recorded, and plans. An active run whose processes are seen to be gone
/// is planned around: the next run sets it aside.
[[nodiscard]] Result<Planning> plan_environment(EnvironmentContext& context,
                                                const PlanOptions& options, Streams& streams);

/// Plans anew on the log as it was last read: whether a run is active was judged on that reading.
[[nodiscard]] Result<void> plan_again(EnvironmentContext& context, Planning& planning);

/// What would be due on the same reading if something else were desired.
[[nodiscard]] Result<Plan> plan_instead(EnvironmentContext& context, const DesiredState& desired,
                                        Planning& planning);

/// Returns once no run is active that would have to be waited for, with the reading caught up;
/// waits until `give_up` at the longest, then `locked` names the holder. `conflict` where the
/// log is closed. Whether it had to wait.
[[nodiscard]] Result<bool> wait_for_turn(EnvironmentContext& context, LogReading& reading,
                                         BootTime give_up, Streams& streams);

/// `refused` where policy says no to the plan.
[[nodiscard]] Result<void> check_policy(const Plan& plan);

/// `refused` where nobody was asked, the environment's stores are named, and nothing was ever
/// recorded in them: an empty record is not taken for an empty environment unless `run` says so.
[[nodiscard]] Result<void> check_first_run(const EnvironmentContext& context, const Plan& plan,
                                           const RunOptions& run);

/// Says so where the environment's file in the working tree is not the one that was read.
void note_working_tree(EnvironmentContext& context, Streams& streams);

}  // namespace cemli
