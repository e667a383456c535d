#include "reconciler/cli/exit_status.h"

#include <signal.h>

namespace cemli {

ExitStatus exit_status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::refused:
      return ExitStatus::refused;
    case ErrorCode::locked:
      return ExitStatus::locked;
    case ErrorCode::stale:
      return ExitStatus::stale;
    case ErrorCode::spooled:
      return ExitStatus::spooled;
    default:
      return ExitStatus::error;
  }
}

ExitStatus exit_status_of_signal(int signal) {
  return signal == SIGINT ? ExitStatus::interrupted : ExitStatus::terminated;
}

}  // namespace cemli
