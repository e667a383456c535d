#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "state/recorded_state.h"

namespace cemli {

/// Something that is not as the record says.
struct Finding {
  std::string object;  ///< the key, in the state or results store
  std::string what;
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// What an audit read, and what it found.
struct AuditReport {
  std::string environment;
  std::optional<std::string> log;
  std::optional<Head> head;
  /// Set where the log has ended.
  std::optional<Closing> closed;
  std::uint64_t entries = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t runs = 0;
  std::uint64_t attempts = 0;
  std::uint64_t objects = 0;  ///< of evidence, read and hashed
  std::vector<Finding> findings;
};

/// A package that a run started, whatever came of it.
struct RanPackage {
  std::string name;
  std::string version;
  Digest content;
  friend auto operator<=>(const RanPackage&, const RanPackage&) = default;
};

/// What an export holds.
struct RunExport {
  std::string log;
  RunId run;
  /// The entry in which the run started: the first that is exported.
  std::uint64_t first = 1;
  /// The entry in which it ended, or was set aside.
  std::uint64_t last = 1;
  /// The log's head: the last that is exported.
  Head head;
  std::uint64_t entries = 0;
  /// Objects of evidence, the unnamed ones among them.
  std::uint64_t objects = 0;
  /// Those that neither an entry names nor what an entry names.
  std::uint64_t unnamed_objects = 0;
  /// What the run rested on, and what it ran.
  std::vector<UsedApproval> approvals = {};
  std::set<RanPackage> packages = {};
  /// Of both, and of the log's head, that went along.
  std::uint64_t signatures = 0;
};

}  // namespace cemli
