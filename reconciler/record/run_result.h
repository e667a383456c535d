#pragma once

#include <map>

#include "reconciler/execute/executor.h"
#include "reconciler/plan/plan.h"
#include "reconciler/record/evidence_writer.h"
#include "state/evidence.h"
#include "state/recorded_state.h"

namespace cemli {

/// A run's result from what its attempts came to (`ended`), what its execution says of the others,
/// and the log's head now. Pure but for the time of its end.
[[nodiscard]] RunResult compose_run_result(const RunRecordFacts& facts, const Plan& plan,
                                           const ObjectReference& plan_object, Timestamp start,
                                           const std::map<Address, PackageFinished>& ended,
                                           const Execution& execution,
                                           const RecordedState& recorded,
                                           std::uint64_t store_retries);

}  // namespace cemli
