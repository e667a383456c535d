#pragma once

#include <optional>
#include <string>

#include "state/evidence.h"
#include "state/store/store.h"

namespace cemli {

/// What the log alone says of a run: for one that is active, or that never wrote its result. Its
/// outcome is then `running` or `abandoned`, its end and its head those of its last entry, and the
/// reference to its plan is left to be filled in. Nothing where the log does not know the run.
[[nodiscard]] Result<std::optional<RunResult>> run_from_log(Store& state,
                                                            const std::string& environment,
                                                            const RunId& run);

}  // namespace cemli
