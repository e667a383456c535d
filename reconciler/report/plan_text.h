#pragma once

#include <string>

#include "reconciler/plan/plan.h"
#include "reconciler/report/terminal.h"

namespace cemli {

/// A plan as a release manager reads it: what it was made from, each action that is not `none` with
/// its reasons, a summary and the digest. Ends with a line break.
[[nodiscard]] std::string plan_text(const Plan& plan, const TextStyle& style);

}  // namespace cemli
