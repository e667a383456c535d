#pragma once

#include <string>

#include "reconciler/plan/plan.h"

namespace cemli {

/// The plan as JSON: `plan --format json`, and `plan.json` of a run's evidence. One action a line,
/// with a final newline; the same bytes for the same plan.
[[nodiscard]] std::string encode_plan(const Plan& plan);

}  // namespace cemli
