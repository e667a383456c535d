#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/desired/desired_state.h"
#include "state/base/address.h"
#include "state/base/digest.h"
#include "state/event.h"

namespace cemli {

/// Why an action is what it is. `code` and `operands` are part of the plan's digest; `details` (run
/// ids, times, who said so) are shown beside them and are not.
struct Reason {
  /// One of the codes listed in `planner.h`.
  std::string code;
  std::map<std::string, ParameterValue> operands = {};
  std::map<std::string, std::string> details = {};
  friend bool operator==(const Reason&, const Reason&) = default;
};

/// What a package's step `dry_run` said that an action would do.
struct Rehearsal {
  OutcomeKind outcome = OutcomeKind::succeeded;
  /// One line for people; empty for a success.
  std::string summary = {};
  /// What its programs printed, secrets masked; of much the first and the last part.
  std::string out = {};
  std::string err = {};
  friend bool operator==(const Rehearsal&, const Rehearsal&) = default;
};

/// One address and what is to be done with it.
struct Action {
  Address address;
  ActionKind kind = ActionKind::none;
  /// The version it is about: desired where desired, else recorded; empty where none is known.
  std::string version = {};
  /// The last successful version, where there is one.
  std::optional<std::string> version_before = std::nullopt;
  /// Identity digests: of the last success, and of what is desired.
  std::optional<Digest> before = std::nullopt;
  std::optional<Digest> after = std::nullopt;
  std::vector<Reason> reasons = {};
  /// Absent for an address that is not desired.
  std::optional<DesiredPackage> desired = std::nullopt;
  /// For `remove`: the package whose `uninstall` runs, as it was recorded last. A plan does not
  /// need it; it is found when the plan is carried out.
  std::optional<DesiredPackage> removed = std::nullopt;
  /// For an address that is not desired: the recorded dependents whose actions come before it,
  /// sorted. What is desired waits for `desired->depends_on`.
  std::vector<Address> waits_for = {};
  /// The number its attempt gets if it runs.
  std::uint64_t attempt = 1;
  /// Labels of the programs that it does not run again, as `resume: step` has it.
  std::vector<std::string> done = {};
  /// From the log: how long its last success took.
  std::optional<std::chrono::milliseconds> expected = std::nullopt;
  /// Set where it was tried without changing anything.
  std::optional<Rehearsal> dry_run = std::nullopt;

  /// What its programs come from; null where it runs none.
  [[nodiscard]] const DesiredPackage* package() const;
  friend bool operator==(const Action&, const Action&) = default;
};

/// Whether the action starts programs: `run`, `update`, `retry`, `rerun`, `remove`.
[[nodiscard]] bool runs_programs(ActionKind kind);

}  // namespace cemli
