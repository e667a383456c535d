#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/report/terminal.h"
#include "state/base/address.h"
#include "state/recorded_state.h"

namespace cemli {

/// Whether a target still is as its record says.
enum class DriftVerdict {
  in_sync,
  drifted,
  unknown,  ///< the check failed, or could not be run
};
[[nodiscard]] std::string_view word_of(DriftVerdict verdict);

/// What the step `check` of one address found.
struct DriftFinding {
  Address address;
  std::string version;
  DriftVerdict verdict = DriftVerdict::unknown;
  /// One line for people; empty where it is in sync.
  std::string summary = {};
  /// What the check printed, secrets masked.
  std::string out = {};
  std::string err = {};
  friend bool operator==(const DriftFinding&, const DriftFinding&) = default;
};

/// One look at all of an environment that can be looked at.
struct DriftReport {
  std::string environment;
  std::optional<Head> head;  ///< of the record that it was compared with
  std::vector<DriftFinding> findings;
  /// What has succeeded and has no step `check`.
  std::vector<Address> without_check;
  friend bool operator==(const DriftReport&, const DriftReport&) = default;
};

[[nodiscard]] std::string drift_text(const DriftReport& report, const TextStyle& style);
/// `{format, environment, basis, packages: [{address, version, verdict, summary, stdout, stderr}],
/// without_check}`, with a final line break.
[[nodiscard]] std::string drift_json(const DriftReport& report);

}  // namespace cemli
