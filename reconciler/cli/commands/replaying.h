#pragma once

#include <cstddef>

#include "reconciler/cli/wiring.h"
#include "state/log.h"

namespace cemli {

/// Records what waits in this machine's spools of the environment's log, oldest run first, and says
/// so. `reading` is caught up with it. Returns how many spools there were. What every command does
/// before it appends anything.
[[nodiscard]] Result<std::size_t> replay_spools(EnvironmentContext& context, LogReading& reading,
                                                Streams& streams);

/// As above, where nothing of the log was read yet. Asks no store where there is no spool at all.
[[nodiscard]] Result<std::size_t> replay_spools(EnvironmentContext& context, Streams& streams);

}  // namespace cemli
