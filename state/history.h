#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "state/base/address.h"
#include "state/base/clock.h"
#include "state/event.h"

namespace cemli {

/// A run, as an environment's history tells it.
struct RunPassage {
  RunId run;
  /// `running`, `succeeded`, `failed`, `stopped` or `abandoned`.
  std::string outcome;
  RunCounts counts;
  std::optional<std::string> commit;
  std::string why;
  std::optional<Timestamp> end;
  friend bool operator==(const RunPassage&, const RunPassage&) = default;
};

/// An attempt, as an address's history tells it.
struct AttemptPassage {
  RunId run;
  ActionKind action = ActionKind::run;
  std::string version;
  std::uint64_t attempt = 1;
  /// `running`, or the outcome's word.
  std::string status;
  std::string summary;
  std::optional<Timestamp> end;
  friend bool operator==(const AttemptPassage&, const AttemptPassage&) = default;
};

/// What one entry of an operator says: events of one kind, where there are several.
struct WordPassage {
  std::vector<Event> events;
  friend bool operator==(const WordPassage&, const WordPassage&) = default;
};

/// One thing that happened, from the entry that began it.
struct Passage {
  std::uint64_t seq = 0;
  Timestamp time;
  std::string who;
  std::variant<RunPassage, AttemptPassage, WordPassage> what;
  friend bool operator==(const Passage&, const Passage&) = default;
};

/// What happened in an environment, newest first.
struct EnvironmentHistory {
  std::string environment;
  /// Set where it is the history of one address.
  std::optional<Address> address;
  std::vector<Passage> passages;
  /// How many older ones were left out.
  std::size_t left_out = 0;
};

}  // namespace cemli
