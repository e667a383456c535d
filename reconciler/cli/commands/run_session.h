#pragma once

#include <variant>

#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/exit_status.h"
#include "reconciler/cli/options.h"
#include "reconciler/cli/wiring.h"

namespace cemli {

/// Somebody else's entry came first, so the run was not started: decide anew.
struct Outrun {};
using SessionEnd = std::variant<ExitStatus, Outrun>;

/// Carries out the planning's plan under a lease, from the forked warden to the recorded end.
/// `locked` where another run took the lease away in the middle.
[[nodiscard]] Result<SessionEnd> run_plan(EnvironmentContext& context, const Planning& planning,
                                          const ApplyCommand& command, Streams& streams);

}  // namespace cemli
