#pragma once

#include "reconciler/cli/exit_status.h"
#include "reconciler/cli/options.h"
#include "reconciler/cli/wiring.h"

namespace cemli {

/// `status --all`: every environment of `HEAD` beside the others. One that cannot be read shows as
/// such, is told with why, and makes the exit code 1.
[[nodiscard]] Result<ExitStatus> show_all_environments(GlobalOptions global, Output output,
                                                       Streams& streams);

}  // namespace cemli
