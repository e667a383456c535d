#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconciler/cli/options.h"
#include "reconciler/cli/wiring.h"
#include "state/base/address.h"
#include "state/log.h"

namespace cemli {

/// An environment with its recorded state, as a `state` command works on it.
struct OperatorSession {
  EnvironmentContext context;
  LogReading reading;
  Streams& streams;

  [[nodiscard]] static Result<OperatorSession> open(const GlobalOptions& global,
                                                    const std::string& revision, Streams& streams);
  /// For who needs the record alone: also where the environment's file is wrong.
  [[nodiscard]] static Result<OperatorSession> open_record(const GlobalOptions& global,
                                                           Streams& streams);

  [[nodiscard]] const RecordedState& recorded() const { return reading.state; }

  /// Appends what `decide` says, behind what waits in spools; it is asked again where another entry
  /// comes first. A run may be active.
  [[nodiscard]] Result<void> append(const OperatorDecision& decide);

  /// As `append`, where no run is active. One that is gone without having ended is set aside in the
  /// same entry, and `decide` sees the state after that; `locked` names one that lives.
  [[nodiscard]] Result<void> append_between_runs(const OperatorDecision& decide);
};

/// The recorded state with no active run in it.
struct StateBetweenRuns {
  RecordedState state;
  /// Set where a run is gone without having ended: `state` is what setting it aside makes of it.
  std::optional<RunAbandoned> set_aside;
};
/// `locked` names an active run that lives.
[[nodiscard]] Result<StateBetweenRuns> between_runs(Store& store, const RecordedState& recorded);

/// What is recorded in an environment that a command names beside its own, as it was at `point` (an
/// entry's number or a time) or as it is. `not_found` where nothing is.
[[nodiscard]] Result<RecordedState> recorded_of(GlobalOptions global,
                                                const std::string& environment,
                                                const std::optional<std::string>& point,
                                                Streams& streams);

/// The addresses that a command line names, sorted, each once. Every bad one is told.
[[nodiscard]] Result<std::vector<Address>> parse_addresses(const std::vector<std::string>& texts);

}  // namespace cemli
