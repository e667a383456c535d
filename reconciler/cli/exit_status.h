#pragma once

#include "state/base/error.h"

namespace cemli {

/// The exit codes of all commands (DESIGN 6).
enum class ExitStatus {
  done = 0,
  error = 1,
  changes = 2,
  failed = 3,
  refused = 4,
  locked = 5,
  stale = 6,
  spooled = 7,
  interrupted = 130,
  terminated = 143,
};

[[nodiscard]] ExitStatus exit_status_of(ErrorCode code);
/// The status of a command that a signal stopped.
[[nodiscard]] ExitStatus exit_status_of_signal(int signal);

}  // namespace cemli
