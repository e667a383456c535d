#pragma once

#include <vector>

#include "reconciler/package/manifest.h"
#include "reconciler/package/problem_list.h"

namespace cemli {

/// Reads the member `steps` of a manifest, in the order they run in; none where there is no such
/// member.
[[nodiscard]] std::vector<StepSpec> read_steps(const Field& manifest, ProblemList& problems);

}  // namespace cemli
