#include "reconciler/plan/request_plan.h"

#include <algorithm>
#include <utility>

namespace cemli {
namespace {

bool is_due(const Action& action) {
  return action.kind != ActionKind::none;
}

/// Details are shown beside a reason and are no part of it.
bool are_same(const std::vector<Reason>& left, const std::vector<Reason>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Reason& a, const Reason& b) {
                      return a.code == b.code && a.operands == b.operands;
                    });
}

bool are_same(const Action& left, const Action& right) {
  return left.kind == right.kind && left.after == right.after &&
         are_same(left.reasons, right.reasons);
}

}  // namespace

RequestPlan make_request_plan(const Plan* base, Plan head) {
  RequestPlan request{std::move(head)};
  if (base == nullptr) return request;
  request.changes_policy = base->policy != request.plan.policy;
  std::map<Address, const Action*> due;
  for (const Action& action : request.plan.actions) {
    if (is_due(action)) due.emplace(action.address, &action);
  }
  for (const Action& action : base->actions) {
    if (!is_due(action)) continue;
    const auto found = due.find(action.address);
    if (found == due.end()) {
      request.dropped.push_back(action);
    } else if (are_same(action, *found->second)) {
      request.pending.insert(action.address);
    } else {
      request.instead_of.emplace(action.address, action);
    }
  }
  return request;
}

std::vector<const Action*> RequestPlan::changes() const {
  std::vector<const Action*> changes;
  for (const Action& action : plan.actions) {
    if (is_due(action) && !pending.contains(action.address)) changes.push_back(&action);
  }
  return changes;
}

std::vector<const Action*> RequestPlan::others() const {
  std::vector<const Action*> others;
  for (const Action& action : plan.actions) {
    if (pending.contains(action.address)) others.push_back(&action);
  }
  return others;
}

bool RequestPlan::has_changes() const {
  return changes_policy || !dropped.empty() || !changes().empty();
}

bool RequestedEnvironment::has_changes() const {
  if (is_new || std::holds_alternative<Removed>(outcome)) return true;
  const auto* request = std::get_if<RequestPlan>(&outcome);
  return request != nullptr && request->has_changes();
}

bool ChangeRequest::has_changes() const {
  return std::any_of(
      environments.begin(), environments.end(),
      [](const RequestedEnvironment& environment) { return environment.has_changes(); });
}

bool ChangeRequest::has_errors() const {
  return std::any_of(environments.begin(), environments.end(),
                     [](const RequestedEnvironment& environment) {
                       return std::holds_alternative<Error>(environment.outcome);
                     });
}

}  // namespace cemli
