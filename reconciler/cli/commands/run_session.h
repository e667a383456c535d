#pragma once

#include <optional>
#include <variant>

#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/exit_status.h"
#include "reconciler/cli/options.h"
#include "reconciler/cli/wiring.h"
#include "state/event.h"

namespace cemli {

/// Somebody else's entry came first, so the run was not started: decide anew.
struct Outrun {};
/// A run that was carried out.
struct RunEnd {
  ExitStatus status = ExitStatus::done;
  RunCounts counts;
  /// Its result in the results store.
  std::optional<ObjectReference> result;
};
using SessionEnd = std::variant<RunEnd, Outrun>;

/// Carries out the planning's plan under a lease, from the forked warden to the recorded end.
/// `locked` where another run took the lease away in the middle.
[[nodiscard]] Result<SessionEnd> run_plan(EnvironmentContext& context, Planning& planning,
                                          const RunOptions& options, Streams& streams);

}  // namespace cemli
