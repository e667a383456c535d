#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/plan/action.h"
#include "reconciler/plan/plan.h"
#include "state/base/address.h"
#include "state/base/error.h"

namespace cemli {

/// What a request changes of an environment's plan, apart from what was pending anyway.
struct RequestPlan {
  /// Of the environment as merging the request leaves it.
  Plan plan;
  /// Addresses of the actions of `plan` that are due without the request just the same.
  std::set<Address> pending = {};
  /// What is due without the request where the request makes something else due.
  std::map<Address, Action> instead_of = {};
  /// What is due without the request, and with it no longer; in the order of execution.
  std::vector<Action> dropped = {};
  /// Whether the rules, or who may sign, are others than without the request.
  bool changes_policy = false;

  /// The actions of `plan` that the request makes due, in the order of execution.
  [[nodiscard]] std::vector<const Action*> changes() const;
  /// The actions that are due with or without it, in the order of execution.
  [[nodiscard]] std::vector<const Action*> others() const;
  /// Whether merging changes anything of what is due.
  [[nodiscard]] bool has_changes() const;
};

/// Compares the plans of an environment without a request and with it, made on the same recorded
/// state. `base` is null where the environment is new, or nobody can tell what was pending: all of
/// it is the request's then. An action is the same where address, kind, identity after and reasons
/// are, without their details. Pure.
[[nodiscard]] RequestPlan make_request_plan(const Plan* base, Plan head);

/// What a request does to one environment.
struct RequestedEnvironment {
  struct Removed {};
  std::string environment;
  /// Whether the request brings its file.
  bool is_new = false;
  std::variant<Removed, RequestPlan, Error> outcome;
  /// What whoever reads the plan must know besides.
  std::vector<std::string> notes = {};

  [[nodiscard]] bool has_changes() const;
};

/// A request: what somebody asks to be merged, and what that does.
struct ChangeRequest {
  /// As they were named, and the commits that these are.
  std::string base;
  std::string base_commit;
  std::string head;
  std::string head_commit;
  /// Those that it touches, by name.
  std::vector<RequestedEnvironment> environments = {};
  /// How many there are that it leaves alone.
  std::size_t untouched = 0;

  [[nodiscard]] bool has_changes() const;
  [[nodiscard]] bool has_errors() const;
};

}  // namespace cemli
