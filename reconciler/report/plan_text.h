#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reconciler/plan/plan.h"
#include "reconciler/report/terminal.h"

namespace cemli {

/// A plan as a release manager reads it: what it was made from, each action that is not `none` with
/// its reasons, a summary and the digest. Ends with a line break.
[[nodiscard]] std::string plan_text(const Plan& plan, const TextStyle& style);

/// Its parts. What was planned on, and what is to be known of that:
[[nodiscard]] std::string plan_header_text(const Plan& plan, const TextStyle& style);
/// some actions, aligned with one another;
[[nodiscard]] std::string actions_text(const std::vector<const Action*>& actions,
                                       const std::string& environment, const TextStyle& style);
/// how many there are of each kind, how long they take, and what policy refuses.
[[nodiscard]] std::string plan_summary_text(const Plan& plan, const TextStyle& style);

/// `2 to run, 1 blocked`.
[[nodiscard]] std::string describe_actions(const std::map<ActionKind, std::uint64_t>& counts);

}  // namespace cemli
