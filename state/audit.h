#pragma once

#include <string>
#include <vector>

#include "state/audit_report.h"
#include "state/base/result.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

namespace cemli {

/// A head seen elsewhere, which the log must still hold: the chain alone does not show a cut tail.
struct Anchor {
  Head head;
  std::string seen_in;
};

/// Reads everything an environment has recorded: walks the chain from the first entry, recomputes
/// the fold against every checkpoint, checks every digest of evidence and that nothing is there
/// that the log does not know. Findings are part of the report; an error means a store could not be
/// read.
[[nodiscard]] Result<AuditReport> audit_environment(Store& state, Store& results,
                                                    const std::string& environment,
                                                    std::vector<Anchor> anchors);

}  // namespace cemli
