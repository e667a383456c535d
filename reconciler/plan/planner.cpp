#include "reconciler/plan/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <iterator>
#include <utility>

#include "reconciler/plan/decision.h"
#include "reconciler/plan/dependency_order.h"
#include "reconciler/plan/removal.h"
#include "reconciler/plan/selection.h"

namespace cemli {
namespace {

/// Why the dependents of an address cannot run.
struct Obstacle {
  Address nearest;
  std::size_t distance = 0;
  Reason reason;  ///< as a dependent gives it
};

struct Node {
  const Address* address = nullptr;
  const DesiredPackage* desired = nullptr;
  const AddressRecord* record = nullptr;
  Digest after;
  Decision decision = {};
  std::optional<Obstacle> obstacle = std::nullopt;
};

/// All that is desired, in address order.
using Nodes = std::vector<Node>;

Nodes decide_each(const DesiredState& desired, const RecordedState& recorded,
                  const PlanOptions& options) {
  Nodes nodes;
  nodes.reserve(desired.packages.size());
  for (const auto& [address, package] : desired.packages) {
    const auto found = recorded.addresses.find(address);
    const AddressRecord* record = found == recorded.addresses.end() ? nullptr : &found->second;
    Node node{&address, &package, record, package.identity.digest()};
    node.decision = decide_desired(package, record, options);
    respect_operator(node.decision, recorded, record, node.after);
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::vector<Digest> digests_of(const Nodes& nodes) {
  std::vector<Digest> digests;
  digests.reserve(nodes.size());
  for (const Node& node : nodes) digests.push_back(node.after);
  return digests;
}

Node& node_of(Nodes& nodes, const Address& address) {
  const auto found = std::lower_bound(
      nodes.begin(), nodes.end(), address,
      [](const Node& node, const Address& wanted) { return *node.address < wanted; });
  assert(found != nodes.end() && *found->address == address);
  return *found;
}

std::vector<Address> order_of(const Nodes& nodes) {
  DependencyGraph graph;
  std::map<Address, double> weights;
  for (const Node& node : nodes) {
    graph.emplace_hint(graph.end(), *node.address, node.desired->depends_on);
    if (!runs_programs(node.decision.kind)) {
      weights.emplace_hint(weights.end(), *node.address, 0.0);
    } else if (node.record != nullptr && node.record->last_success &&
               node.record->last_success->duration) {
      const std::chrono::duration<double> seconds = *node.record->last_success->duration;
      weights.emplace_hint(weights.end(), *node.address, seconds.count());
    }
  }
  return dependency_order(graph, weights);
}

std::string code_for_dependents(const Decision& decision) {
  if (decision.kind == ActionKind::held) return "dependency_held";
  const bool failed = !decision.reasons.empty() && decision.reasons[0].code == "failed_unchanged";
  return failed ? "dependency_failed" : "dependency_blocked";
}

/// The obstacle that a blocked or held node is to its dependents.
Obstacle obstacle_at(const Node& node) {
  Obstacle obstacle{*node.address, 0, Reason{code_for_dependents(node.decision)}};
  obstacle.reason.operands["address"] = node.address->text();
  if (!node.decision.reasons.empty()) obstacle.reason.details = node.decision.reasons[0].details;
  obstacle.reason.details.emplace("cause", node.address->text());
  return obstacle;
}

/// Of the obstacles among a node's dependencies the nearest, ties broken by address.
const Obstacle* nearest_obstacle(Nodes& nodes, const Node& node) {
  const Obstacle* nearest = nullptr;
  for (const Address& dependency : node.desired->depends_on) {
    const std::optional<Obstacle>& found = node_of(nodes, dependency).obstacle;
    if (!found) continue;
    if (nearest == nullptr || found->distance < nearest->distance ||
        (found->distance == nearest->distance && found->nearest < nearest->nearest)) {
      nearest = &*found;
    }
  }
  return nearest;
}

bool stands_in_the_way(const Node& node) {
  if (node.decision.kind == ActionKind::blocked) return true;
  if (node.decision.kind != ActionKind::held) return false;
  return node.record == nullptr || node.record->status != Status::succeeded;
}

/// Blocks what would run behind something that cannot. An up-to-date address stays `none`, but what
/// is behind it is still behind the obstacle. Returns how many were blocked.
std::size_t block_dependents(Nodes& nodes, const std::vector<Address>& order) {
  std::size_t blocked = 0;
  for (const Address& address : order) {
    Node& node = node_of(nodes, address);
    const Obstacle* obstacle = nearest_obstacle(nodes, node);
    if (obstacle != nullptr && runs_programs(node.decision.kind)) {
      ++blocked;
      node.decision.kind = ActionKind::blocked;
      node.decision.reasons.insert(node.decision.reasons.begin(), obstacle->reason);
    }
    if (stands_in_the_way(node)) {
      node.obstacle = obstacle_at(node);
    } else if (obstacle != nullptr) {
      node.obstacle = *obstacle;
      ++node.obstacle->distance;
    }
  }
  return blocked;
}

Action action_of(Node& node, const RecordedState& recorded) {
  Action action{*node.address};
  action.kind = node.decision.kind;
  action.version = node.desired->identity.version;
  action.after = node.after;
  action.reasons = std::move(node.decision.reasons);
  action.desired = *node.desired;
  action.attempt = recorded.next_attempt(*node.address);
  if (node.desired != nullptr && node.record != nullptr)
    action.done = done_before(*node.desired, *node.record);
  if (node.record != nullptr && node.record->last_success) {
    const Success& success = *node.record->last_success;
    action.version_before = success.identity.version;
    action.before =
        success.identity == node.desired->identity ? node.after : success.identity.digest();
    if (runs_programs(action.kind)) action.expected = success.duration;
  }
  return action;
}

Result<void> check_inputs(const DesiredState& desired, const RecordedState& recorded) {
  if (desired.packages.empty()) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("nothing is desired in environment '{}': its file names no packages",
                             desired.environment))
        .with_hint(fmt::format("name at least one under 'packages:' in environments/{}.yaml",
                               desired.environment));
  }
  if (desired.rules.mutable_versions) return {};
  std::vector<Problem> problems;
  for (const auto& [address, package] : desired.packages) {
    const auto found = recorded.addresses.find(address);
    if (found == recorded.addresses.end()) continue;
    if (auto problem = content_problem(package, found->second))
      problems.push_back(*std::move(problem));
  }
  if (problems.empty()) return {};
  return error_of(problems).with_hint(
      "a version never changes: publish the new content under a new version, or desire the old "
      "content again");
}

/// What of the rules is not as it was recorded last.
std::optional<PolicyChange> policy_change_of(const RecordedState& recorded, const Plan& plan) {
  std::optional<Digest> before;
  if (recorded.converged) before = recorded.converged->policy;
  // Without any record all is new, and without any rules there is nothing to record.
  const bool is_none = !before && (!recorded.head || plan.policy == policy_digest({}));
  if (is_none || before == plan.policy) return std::nullopt;
  const bool stays =
      std::any_of(plan.actions.begin(), plan.actions.end(), [](const Action& action) {
        return action.desired &&
               (action.kind == ActionKind::blocked || action.kind == ActionKind::held);
      });
  return PolicyChange{before, {}, !stays && !recorded.suspension && !plan.selection.is_partial()};
}

}  // namespace

Result<Plan> make_plan(const DesiredState& desired, const RecordedState& recorded,
                       const PlanOptions& options) {
  if (auto checked = check_inputs(desired, recorded); !checked) return std::move(checked).error();
  Nodes nodes = decide_each(desired, recorded, options);
  std::vector<Address> order = order_of(nodes);
  // What is blocked now takes no time, which changes the longest paths.
  if (block_dependents(nodes, order) > 0) order = order_of(nodes);
  Plan plan{desired.environment, desired.commit,
            recorded.head,       desired.digest(digests_of(nodes)),
            desired.policy,      {}};
  plan.actions.reserve(order.size());
  for (const Address& address : order)
    plan.actions.push_back(action_of(node_of(nodes, address), recorded));
  std::vector<Action> removals = plan_removals(desired, recorded, plan.actions, options);
  std::move(removals.begin(), removals.end(), std::back_inserter(plan.actions));
  if (recorded.active_run) plan.active_run = recorded.active_run->started.run;
  plan.selection = options.selection;
  plan.floating = desired.floating;
  if (auto narrowed = narrow(plan); !narrowed) return std::move(narrowed).error();
  plan.policy_change = policy_change_of(recorded, plan);
  return plan;
}

}  // namespace cemli
