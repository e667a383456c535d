#pragma once

#include <chrono>
#include <string>

#include "state/event.h"

namespace cemli {

/// Whether the holder's process and its warden are seen to be gone: same boot and PID namespace as
/// ours, and neither runs. Looks only; false means "not seen to be", not "alive".
[[nodiscard]] bool is_gone(const Holder& holder);

/// Whether the processes of a run are proven to be gone: same boot and PID namespace as ours, the
/// holder's process and its warden's not running, and no process left that carries the run's id in
/// its environment. One that is left is killed first. Where the holder is gone and its warden is
/// not, waits up to `patience` for it to finish its work. False means "not proven", not "alive".
[[nodiscard]] bool is_proven_dead(const Holder& holder, const RunId& run,
                                  std::chrono::milliseconds patience);

}  // namespace cemli
