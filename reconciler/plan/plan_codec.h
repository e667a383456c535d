#pragma once

#include <cstdint>
#include <string>

#include "reconciler/plan/plan.h"

namespace cemli {

/// The format of a plan's JSON that this version writes and reads.
inline constexpr std::uint64_t kPlanFormat = 1;

/// The plan as JSON: `plan --format json`, `plan -o`, and `plan.json` of a run's evidence. One
/// action a line, a checksum at its end, and a final newline; the same bytes for the same plan.
[[nodiscard]] std::string encode_plan(const Plan& plan);

}  // namespace cemli
