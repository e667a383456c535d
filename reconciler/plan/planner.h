#pragma once

#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/plan.h"
#include "state/base/result.h"
#include "state/recorded_state.h"

namespace cemli {

/// What may vary in planning.
struct PlanOptions {
  /// Whether an attempt that failed or was rolled back at the desired identity is tried again.
  /// `apply` does; a scheduled reconcile leaves it `blocked` until something changes.
  enum class FailedAgain { retry, leave } failed_again = FailedAgain::retry;
};

/// Decides what is to be done (DESIGN 4). Pure and deterministic: same inputs, same plan.
/// `invalid_input` where nothing is desired and nothing recorded ("nothing found" is never "no
/// changes"), and where a version's content changed under its name.
///
/// Reason codes with operands [and details]:
/// - `new`
/// - `version_changed` from, to
/// - `content_changed` version
/// - `parameter_changed` name, from, to; `parameter_added` name, to; `parameter_removed` name, from
/// - `rerun_on_changed` name, from, to
/// - `failed_before`, `error_before`, `interrupted_before`, `rolled_back_before` version
///   [run, time, attempt, summary]
/// - `tainted`, `drifted` [who, time, why]
/// - `interrupted_not_idempotent` version [run, time, attempt]
/// - `failed_unchanged` version [run, time, summary] (only with `FailedAgain::leave`)
/// - `dependency_blocked`, `dependency_failed` address [run, time, summary] (the latter where that
///   dependency is itself left failed)
/// - `held` [who, time, why]; `suspended` [who, time, why]
/// - `undesired` version; `undesired_no_uninstall` version; `undesired_never_succeeded`
[[nodiscard]] Result<Plan> make_plan(const DesiredState& desired, const RecordedState& recorded,
                                     const PlanOptions& options);

}  // namespace cemli
