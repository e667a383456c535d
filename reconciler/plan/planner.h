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
  Selection selection = {};
};

/// Decides what is to be done (DESIGN 4). Pure and deterministic: same inputs, same plan.
/// `invalid_input` where nothing is desired ("nothing found" is never "no changes"), and where a
/// version's content changed under its name, all such packages at once; `usage` where the selection
/// names nothing that is there.
///
/// What is desired comes first, dependencies first; then what is no longer desired, dependents
/// first, as a desired package may need it until it is updated. A removal is `blocked` while a
/// recorded dependent stays as it is. An address of which nothing is recorded and that is not
/// desired is left out. An attempt of the active run counts as interrupted: a plan is carried out
/// after that run.
///
/// What policy says of it is judged apart (`policy.h`).
///
/// Reason codes with operands [and details]; the first reason of an action explains its kind:
/// - `new`
/// - `version_changed` from, to
/// - `content_changed` from, to: digests (only where policy has `mutable_versions`)
/// - `parameter_changed` name, from, to; `parameter_added` name, to; `parameter_removed` name, from
/// - `rerun_on_changed` name, from where it was listed, to where it is
/// - `failed_before`, `error_before`, `interrupted_before`, `rolled_back_before` version
///   [run, time, attempt, summary, action where it was a removal, running]
/// - `resolved_to_retry` version [as above, who, why]
/// - `tainted`, `drifted` [who, time, why]
/// - `interrupted_not_idempotent` version [as `interrupted_before`]
/// - `failed_unchanged` version [as `failed_before`] (only with `FailedAgain::leave`)
/// - `dependency_blocked`, `dependency_failed`, `dependency_held` address: the nearest one
///   [cause: where it began, and that one's run, time, summary, who, why]
/// - `held` [who, time, why]; `suspended` [who, time, why]
/// - `undesired` version; `undesired_no_uninstall` version
/// - `undesired_never_succeeded` version [status, as `failed_before`]
/// - `dependent_blocked` address: a recorded dependent that stays as it is
[[nodiscard]] Result<Plan> make_plan(const DesiredState& desired, const RecordedState& recorded,
                                     const PlanOptions& options);

}  // namespace cemli
