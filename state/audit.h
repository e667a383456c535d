#pragma once

#include <string>
#include <vector>

#include "state/anchor.h"
#include "state/audit_report.h"
#include "state/base/result.h"
#include "state/store/store.h"

namespace cemli {

/// Reads everything an environment has recorded: walks the chain from the first entry, recomputes
/// the fold against every checkpoint, checks every digest of evidence and that nothing is there
/// that the log does not know. Findings are part of the report; an error means a store could not be
/// read.
[[nodiscard]] Result<AuditReport> audit_environment(Store& state, Store& results,
                                                    const std::string& environment,
                                                    std::vector<Anchor> anchors);

}  // namespace cemli
