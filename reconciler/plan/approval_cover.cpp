#include "reconciler/plan/approval_cover.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "reconciler/plan/plan_codec.h"

namespace cemli {
namespace {

/// A log that began after the approval was given is the one that its run began.
bool is_same_log(const ApprovalStatement& statement, const RecordedState& recorded) {
  return !statement.log || statement.log == recorded.log;
}

std::optional<RunId> converged_run(const RecordedState& recorded) {
  if (!recorded.converged) return std::nullopt;
  return recorded.converged->run;
}

bool has_succeeded_since(const ApprovalStatement& statement, const Address& address,
                         const RecordedState& recorded) {
  const auto record = recorded.addresses.find(address);
  if (record == recorded.addresses.end() || !record->second.last_success) return false;
  const auto tried = statement.attempts.find(address);
  const std::uint64_t before = tried == statement.attempts.end() ? 0 : tried->second;
  return record->second.last_success->attempt.value_or(0) > before;
}

}  // namespace

std::vector<std::string> why_not_covered(const SavedPlan& approved,
                                         const ApprovalStatement& statement, const Plan& now,
                                         const RecordedState& recorded) {
  if (statement.environment != now.environment || approved.environment != now.environment)
    return {fmt::format("it is for environment '{}'", statement.environment)};
  if (approved.digest != statement.plan)
    return {"the plan that is kept with it is not the one that was signed"};
  if (!is_same_log(statement, recorded)) return {"it was given for another log"};
  if (approved.policy != now.policy)
    return {"the policy, or its signers, are not those it was given under"};
  std::vector<std::string> reasons = what_moved(approved, now);
  if (!reasons.empty()) return reasons;
  bool acts = false;
  for (const Action& action : now.actions) {
    if (action.kind == ActionKind::none) continue;
    acts = true;
    if (has_succeeded_since(statement, action.address, recorded))
      reasons.push_back(
          fmt::format("'{}' has succeeded since it was given, and an approval is for once",
                      action.address.text()));
  }
  // What is left then is a change of the rules, which the run that converges takes over.
  if (!acts && statement.converged != converged_run(recorded))
    reasons.emplace_back("the environment has converged since it was given, and it is for once");
  return reasons;
}

Approval approval_of(const Plan& plan, const RecordedState& recorded, Timestamp time) {
  std::string text = encode_plan(plan);
  ApprovalStatement statement{
      plan.environment, recorded.log, recorded.head, plan.digest(),
      Digest::of(text), plan.commit,  time,          converged_run(recorded)};
  for (const Action& action : plan.actions) {
    if (action.kind == ActionKind::none) continue;
    const auto record = recorded.addresses.find(action.address);
    statement.attempts[action.address] =
        record == recorded.addresses.end() ? 0 : record->second.attempts;
  }
  return {std::move(statement), std::move(text)};
}

}  // namespace cemli
