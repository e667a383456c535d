#pragma once

#include <string>
#include <vector>

#include "reconciler/plan/plan.h"
#include "reconciler/plan/saved_plan.h"
#include "state/approval.h"
#include "state/recorded_state.h"

namespace cemli {

/// Why an approval of `approved` does not cover what is due now; one line for people each, none
/// where it does. It does where it was given for this log and these rules, what is due is the plan
/// or what is left of it (`what_moved`), and nothing of that has been done since: an approval is
/// for once. Whether it has expired, and whose it is, is not judged here. Pure.
[[nodiscard]] std::vector<std::string> why_not_covered(const SavedPlan& approved,
                                                       const ApprovalStatement& statement,
                                                       const Plan& now,
                                                       const RecordedState& recorded);

/// What an approver signs, and the text of the plan that it names.
struct Approval {
  ApprovalStatement statement;
  std::string plan;
};
/// Of a plan that was made on `recorded`. Pure.
[[nodiscard]] Approval approval_of(const Plan& plan, const RecordedState& recorded, Timestamp time);

}  // namespace cemli
