#pragma once

#include <memory>

#include "reconciler/execute/step_runner.h"
#include "state/base/process.h"
#include "state/base/result.h"

namespace cemli {

/// The run's warden: a small process of this binary, the parent of all steps. No process outlives
/// its step, nor its cemli: the warden ends every process of a step at the step's end or timeout,
/// when the lease runs out by its own clock, and at once when cemli is gone. If the warden itself
/// is killed, the kernel ends its children and cemli, being a subreaper too, ends what is left.
class Warden : public StepRunner {
 public:
  [[nodiscard]] virtual ProcessId process() const = 0;
};

/// Forks the warden. Must be called while this process has one thread (`internal` otherwise),
/// before anything of the run is recorded. Its end, with the returned handle, ends the warden.
[[nodiscard]] Result<std::unique_ptr<Warden>> fork_warden();

}  // namespace cemli
