#pragma once

#include <map>
#include <optional>
#include <string>

#include "reconciler/execute/executor.h"

namespace cemli {

/// What a package's look at the target came to.
struct Look {
  Outcome outcome = NotStarted{};
  /// Of the last program, where it ended by itself.
  std::optional<int> exit_code = std::nullopt;
  /// What its programs printed, one after the other, secrets masked.
  std::string out = {};
  std::string err = {};
};

struct Looks {
  std::map<Address, Look> found;
  /// How the looking ended; `outcomes` lacks what was never tried.
  Execution execution;
};

/// Runs a step that changes nothing (`options.purpose`: `check` or `dry_run`) of each action of
/// `plan` that runs programs. There is no lease, and nothing is recorded.
[[nodiscard]] Looks look(const Plan& plan, const RunFacts& facts, PackageFetcher fetch,
                         StepRunner& runner, Observer& observer, StopSignals& signals,
                         const ExecutorOptions& options);

}  // namespace cemli
