#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "reconciler/desired/desired_state.h"
#include "reconciler/execute/executor.h"
#include "reconciler/execute/journal.h"
#include "reconciler/plan/plan.h"
#include "reconciler/record/evidence_writer.h"
#include "state/lease.h"
#include "state/recorded_cache.h"
#include "state/store/retry.h"
#include "state/store/store.h"

namespace cemli {

/// Whether every desired address is recorded as `succeeded` at its identity.
[[nodiscard]] bool is_converged(const DesiredState& desired, const RecordedState& recorded);

/// How a run went into the record.
struct RunRecord {
  /// `succeeded`, `failed` or `stopped`.
  std::string outcome;
  RunCounts counts;
  bool converged = false;
  /// The recorded state when the run was over.
  RecordedState recorded;
};

/// The stores and the cache a run is recorded in; all must outlive the recorder.
struct RecordStores {
  Store& state;
  Store& results;
  const RecordedCache& cache;
  /// The folder of this machine's spools.
  std::filesystem::path spools;
  /// Counts how often the run's stores had to be asked again.
  const RetryBudget& retries;
};

/// Records a run: evidence before the events that name it, events in groups, a heartbeat in
/// silence.
class Recorder : public Journal {
 public:
  /// Ends the run: writes its result, then `run.finished`, and a checkpoint where one is due. Call
  /// once, after the executor returned. `locked` where the run was fenced. `spooled` where the
  /// record could not be kept in its stores and waits on this machine to be replayed; any other
  /// error where not even that was possible: what ran is then found interrupted by the next run.
  [[nodiscard]] virtual Result<RunRecord> finish(const Execution& execution) = 0;
};

/// Writes the plan and the rules that it was judged by as evidence (which proves that results can
/// be written) and records what the plan forgets. `plan`, `desired` and the stores must outlive the
/// recorder.
[[nodiscard]] Result<std::unique_ptr<Recorder>> make_recorder(Lease lease, RecordStores stores,
                                                              const DesiredState& desired,
                                                              const Plan& plan,
                                                              RunRecordFacts facts);

}  // namespace cemli
