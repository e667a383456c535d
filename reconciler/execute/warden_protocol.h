#pragma once

#include <cstdint>
#include <type_traits>

#include "reconciler/execute/step_runner.h"

/// Messages between cemli and its warden, over a SOCK_SEQPACKET pair: both ends are the same
/// binary, so plain structs do. A `start` carries three descriptors: a memory file with the step's
/// strings, and the write ends of its output pipes.
namespace cemli::warden {

struct Request {
  enum class Kind : std::uint32_t { start, stop_all, deadlines };
  Kind kind = Kind::start;
  StopHow how = StopHow::gently;
  std::uint64_t id = 0;
  std::int64_t timeout_ms = 0;
  std::int64_t grace_ms = 0;
  StepDeadlines deadlines = {};
};

struct Reply {
  std::uint64_t id = 0;
  StepEnd::By by = StepEnd::By::itself;
  /// As `waitpid` gives it; meaningless where no program was started.
  int wait_status = 0;
  std::int64_t error_number = 0;
};

// Without padding no byte crosses that nobody has written.
static_assert(std::is_trivially_copyable_v<Request> &&
              std::has_unique_object_representations_v<Request>);
static_assert(std::is_trivially_copyable_v<Reply> &&
              std::has_unique_object_representations_v<Reply>);

/// Never returns: serves requests until the other end of `socket` is closed, then ends every
/// process that is left and exits.
[[noreturn]] void serve(int socket);

}  // namespace cemli::warden
