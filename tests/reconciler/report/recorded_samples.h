#pragma once

#include "reconciler/plan/plan.h"
#include "state/recorded_state.h"

namespace cemli::test {

/// A release of prod with an action of every kind, and addresses of different lengths.
[[nodiscard]] Plan release_plan();

/// A log with an address in every status, a suspension, a hold, a last run and an active one.
[[nodiscard]] RecordedState eventful_state();

/// A log of two packages that are as desired.
[[nodiscard]] RecordedState quiet_state();

}  // namespace cemli::test
