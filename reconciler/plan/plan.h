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
  Address address;
  std::string what;
  std::string remedy;
  friend bool operator==(const Refusal&, const Refusal&) = default;
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
  /// What `actions` was narrowed to.
  Selection selection = {};
  /// What policy says against it: such a plan is shown and not carried out.
  std::vector<Refusal> refusals = {};
  /// Versions that were chosen for this plan alone.
  std::vector<FloatingVersion> floating = {};

  /// Covers environment, desired and policy digest and, by address, each action with its identity
  /// before and after and its reasons; not commit, head, details or times.
  [[nodiscard]] Digest digest() const;
  /// How many actions of each kind.
  [[nodiscard]] std::map<ActionKind, std::uint64_t> summary() const;
  /// Whether any action is not `none`.
  [[nodiscard]] bool has_changes() const;
  /// Whether a run would do anything: start programs, or forget an address.
  [[nodiscard]] bool has_work() const;
  /// Whether anything has to wait until a person does something, or is held after it failed.
  [[nodiscard]] bool has_blocked_or_failed() const;
  friend bool operator==(const Plan&, const Plan&) = default;
};

}  // namespace cemli
