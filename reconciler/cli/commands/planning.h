#pragma once

#include <filesystem>
#include <string>

#include "reconciler/cli/wiring.h"
#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/plan.h"
#include "reconciler/plan/planner.h"
#include "reconciler/plan/saved_plan.h"
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

/// What would be due on the same reading if something else were desired; policy is not asked.
[[nodiscard]] Result<Plan> plan_instead(EnvironmentContext& context, const DesiredState& desired,
                                        Planning& planning);

/// Returns once no run is active that would have to be waited for, with the reading caught up;
/// waits until `give_up` at the longest, then `locked` names the holder. `conflict` where the
/// log is closed. Whether it had to wait.
[[nodiscard]] Result<bool> wait_for_turn(EnvironmentContext& context, LogReading& reading,
                                         BootTime give_up, Streams& streams);

/// Reads a plan's file. `usage` where another environment was named than the plan's.
[[nodiscard]] Result<SavedPlan> read_saved_plan(const std::filesystem::path& path,
                                                const GlobalOptions& global);

/// `stale` where something else is due than what was saved.
[[nodiscard]] Result<void> check_it_stands(const SavedPlan& saved, const Plan& now);

/// Asks on the terminal: "yes" and nothing else is a yes, and anything else an error, as where
/// there is nobody to ask; `unasked` is the command that does not.
[[nodiscard]] Result<void> ask(const std::string& question, const std::string& unasked,
                               Streams& streams);

/// `refused` where policy says no to the plan, as `check_lock_lines`, and `corrupt` where the local
/// cache misled who planned it: before anything of it is carried out.
[[nodiscard]] Result<void> check_policy(const EnvironmentContext& context, const Plan& plan);

/// The same for who carries nothing out, and still starts programs of its packages: `refused` where
/// it is not known whose they are.
[[nodiscard]] Result<void> check_trust(const EnvironmentContext& context, const Plan& plan);

/// `refused` where nobody was asked, the environment's stores are named, and nothing was ever
/// recorded in them: an empty record is not taken for an empty environment unless `run` says so.
[[nodiscard]] Result<void> check_first_run(const EnvironmentContext& context, const Plan& plan,
                                           const RunOptions& run);

/// Says so where the environment's file in the working tree is not the one that was read.
void note_working_tree(EnvironmentContext& context, Streams& streams);

}  // namespace cemli
