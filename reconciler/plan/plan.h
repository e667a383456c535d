#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/plan/action.h"
#include "state/base/digest.h"
#include "state/event.h"
#include "state/recorded_state.h"

namespace cemli {

/// What of a plan is wanted; all of it where both are empty.
struct Selection {
  std::vector<Address> targets = {};
  std::vector<Address> excluded = {};
  [[nodiscard]] bool is_partial() const { return !targets.empty() || !excluded.empty(); }
  friend bool operator==(const Selection&, const Selection&) = default;
};

/// What a rule of the environment forbids, and what would satisfy it.
struct Refusal {
  std::string rule;
  /// Absent where it is not about one address.
  std::optional<Address> address;
  std::string what;
  std::string remedy;
  /// Whose rules refuse where only one's do: those of the last converged commit, or those of what
  /// is planned.
  enum class By { both, converged, planned } by = By::both;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// Rules or signers that are not those of the last run that converged. A run records them, be it
/// one without packages.
struct PolicyChange {
  /// What that run recorded; absent where none has converged.
  std::optional<Digest> before;
  /// The names of what differs, sorted; empty where what was before cannot be read.
  std::vector<std::string> what = {};
  /// Whether a run of this plan is to record it. It is not while something that is desired is
  /// blocked or held, while the environment is suspended, or where only a part is planned.
  bool is_due = false;
  friend bool operator==(const PolicyChange&, const PolicyChange&) = default;
};

/// The ordered actions that turn recorded into desired, and the basis they came from.
struct Plan {
  std::string environment;
  std::optional<std::string> commit;
  /// The log's head the plan was made on; absent where nothing has ever been recorded.
  std::optional<Head> basis;
  Digest desired;
  Digest policy;
  /// Every address that is desired, or of which something is recorded, in the order of execution:
  /// what is desired with dependencies first, then what is not with dependents first.
  std::vector<Action> actions;
  /// Set where a run is active: the plan may be overtaken by it.
  std::optional<RunId> active_run = std::nullopt;
  /// Shown as a line of its own; its digest is `policy`.
  std::optional<PolicyChange> policy_change = std::nullopt;
  /// What `actions` was narrowed to.
  Selection selection = {};
  /// Approvals that cover it and count, sorted.
  std::vector<UsedApproval> approvals = {};
  /// What policy says against it: such a plan is shown and not carried out.
  std::vector<Refusal> refusals = {};
  /// Versions that were chosen for this plan alone.
  std::vector<FloatingVersion> floating = {};

  /// Covers environment, desired and policy digest and, by address, each action with its identity
  /// before and after and its reasons; not commit, head, details or times.
  [[nodiscard]] Digest digest() const;
  /// How many actions of each kind.
  [[nodiscard]] std::map<ActionKind, std::uint64_t> summary() const;
  /// Whether any action is not `none`, or the policy has changed.
  [[nodiscard]] bool has_changes() const;
  /// Whether a run would do anything: start programs, forget an address, or record a policy.
  [[nodiscard]] bool has_work() const;
  /// Whether anything has to wait until a person does something, or is held after it failed.
  [[nodiscard]] bool has_blocked_or_failed() const;
  friend bool operator==(const Plan&, const Plan&) = default;
};

}  // namespace cemli
