#include "reconciler/plan/removal.h"

#include <map>
#include <utility>

#include "reconciler/plan/decision.h"
#include "reconciler/plan/dependency_order.h"

namespace cemli {
namespace {

const std::vector<Address>& recorded_dependencies(const AddressRecord& record) {
  static const std::vector<Address> kNone;
  if (record.last_success) return record.last_success->depends_on;
  return record.last_attempt ? record.last_attempt->depends_on : kNone;
}

/// By address that is no longer desired, its recorded dependents, sorted.
DependencyGraph recorded_dependents(const DesiredState& desired, const RecordedState& recorded) {
  DependencyGraph dependents;
  for (const auto& [address, record] : recorded.addresses) {
    if (!is_blank(record) && !desired.packages.contains(address)) dependents[address];
  }
  if (dependents.empty()) return dependents;
  for (const auto& [address, record] : recorded.addresses) {
    if (is_blank(record)) continue;
    for (const Address& dependency : recorded_dependencies(record)) {
      const auto found = dependents.find(dependency);
      if (found == dependents.end()) continue;
      std::vector<Address>& known = found->second;
      if (known.empty() || known.back() != address) known.push_back(address);
    }
  }
  return dependents;
}

Action removal_action(const Address& address, const RecordedState& recorded, Decision decision) {
  const AddressRecord& record = recorded.addresses.at(address);
  Action action{address};
  action.kind = decision.kind;
  action.reasons = std::move(decision.reasons);
  action.attempt = recorded.next_attempt(address);
  if (record.last_success) {
    action.version = record.last_success->identity.version;
    action.version_before = action.version;
    action.before = record.last_success->identity.digest();
  } else if (record.last_attempt) {
    action.version = record.last_attempt->identity.version;
  }
  return action;
}

bool stays_as_it_is(ActionKind kind) {
  return kind == ActionKind::blocked || kind == ActionKind::held;
}

}  // namespace

std::vector<Action> plan_removals(const DesiredState& desired, const RecordedState& recorded,
                                  const std::vector<Action>& desired_actions,
                                  const PlanOptions& options) {
  const DependencyGraph dependents = recorded_dependents(desired, recorded);
  if (dependents.empty()) return {};
  std::map<Address, ActionKind> kinds;
  for (const Action& action : desired_actions) kinds.emplace(action.address, action.kind);
  std::vector<Action> actions;
  for (const Address& address : dependency_order(dependents, {})) {
    const AddressRecord& record = recorded.addresses.at(address);
    Decision decision = decide_undesired(record, options);
    respect_operator(decision, recorded, &record, std::nullopt);
    std::vector<Address> waits_for;
    for (const Address& dependent : dependents.at(address)) {
      // One that is missing here stands behind this one on a cycle that history made.
      const auto kind = kinds.find(dependent);
      if (kind == kinds.end() || kind->second == ActionKind::none) continue;
      waits_for.push_back(dependent);
      if (decision.kind == ActionKind::remove && stays_as_it_is(kind->second)) {
        decision.kind = ActionKind::blocked;
        decision.reasons.insert(decision.reasons.begin(),
                                Reason{"dependent_blocked", {{"address", dependent.text()}}});
      }
    }
    kinds.emplace(address, decision.kind);
    actions.push_back(removal_action(address, recorded, std::move(decision)));
    actions.back().waits_for = std::move(waits_for);
  }
  return actions;
}

}  // namespace cemli
