#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "state/base/clock.h"
#include "state/base/file.h"
#include "state/base/result.h"

namespace cemli {

/// What the lease allows at which time (`CLOCK_BOOTTIME`).
struct StepDeadlines {
  BootTime last_start{};  ///< nothing is started from here on
  BootTime terminate{};   ///< steps get SIGTERM
  BootTime kill{};        ///< steps get SIGKILL
};

/// One program to be started.
struct StepProcess {
  /// Chosen by the caller, never used twice.
  std::uint64_t id = 0;
  /// `argv[0]` is the path that is executed.
  std::vector<std::string> argv;
  /// `NAME=VALUE`, the whole environment.
  std::vector<std::string> environment;
  std::string working_directory;
  std::chrono::milliseconds timeout{};
  /// Between SIGTERM and SIGKILL.
  std::chrono::milliseconds grace{};
  /// What its processes carry in `CEMLI_PACKAGE`, `CEMLI_INSTANCE` and `CEMLI_ATTEMPT`: an orphan
  /// is known by it.
  std::string mark;
  UniqueFd out;
  UniqueFd err;
};

/// How a step ended, once none of its processes is left.
struct StepEnd {
  enum class By {
    itself,
    timeout,
    stop,     ///< the caller asked
    lease,    ///< the lease ran out
    refused,  ///< it was not started: the lease had run out already
    not_executable,
    lost,  ///< the runner is gone and took the step with it
  };
  std::uint64_t id = 0;
  By by = By::itself;
  std::optional<int> exit_code = std::nullopt;
  std::optional<int> signal = std::nullopt;
  /// `errno`'s value where the program could not be executed.
  int error_number = 0;
};

enum class StopHow {
  gently,   ///< SIGTERM, then SIGKILL after the step's grace
  at_once,  ///< SIGKILL
};

/// Starts steps and ends them with all their processes. The seam to where programs run. Used from
/// one thread; nothing here waits for a step.
class StepRunner {
 public:
  StepRunner() = default;
  StepRunner(const StepRunner&) = delete;
  StepRunner& operator=(const StepRunner&) = delete;
  virtual ~StepRunner() = default;

  /// Starts a step; its end comes through `take_ended`.
  [[nodiscard]] virtual Result<void> start(StepProcess step) = 0;
  virtual void stop_all(StopHow how) = 0;
  virtual void set_deadlines(const StepDeadlines& deadlines) = 0;
  /// Readable when `take_ended` has something; -1 once the runner is lost.
  [[nodiscard]] virtual int ended_fd() const = 0;
  /// Ends since the last call. If the runner is gone, all its steps have ended as `lost`.
  [[nodiscard]] virtual std::vector<StepEnd> take_ended() = 0;
  /// Whether `take_ended` found the runner gone: nothing can be started any more.
  [[nodiscard]] virtual bool is_lost() const = 0;
};

}  // namespace cemli
