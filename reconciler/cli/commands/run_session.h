#pragma once

#include <variant>

#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/exit_status.h"
#include "reconciler/cli/options.h"
#include "reconciler/cli/wiring.h"

namespace cemli {

/// The plan was made again on a log that moved on, and now differs: decide on it anew.
struct PlanMoved {};
using SessionEnd = std::variant<ExitStatus, PlanMoved>;

/// Carries out the planning's plan under a lease, from the forked warden to the recorded end. Waits
/// for another run as long as the command allows. `locked` names the holder.
[[nodiscard]] Result<SessionEnd> run_plan(EnvironmentContext& context, Planning& planning,
                                          const ApplyCommand& command, Streams& streams);

}  // namespace cemli
