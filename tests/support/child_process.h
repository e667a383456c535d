#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "state/base/process.h"

namespace cemli::test {

/// A real child that sleeps until it is ended; ended and reaped at the end of its life at the
/// latest.
class ChildProcess {
 public:
  /// Starts it with exactly this environment (`NAME=VALUE`), and returns once it runs.
  explicit ChildProcess(std::vector<std::string> environment = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] const ProcessId& id() const { return id_; }
  /// Kills it and waits until it is dead, but leaves the zombie.
  void kill_unreaped() const;
  /// Kills and reaps it.
  void end();
  /// Waits for its end and returns the signal that ended it, 0 where none did.
  [[nodiscard]] int wait_for_signal();

 private:
  ProcessId id_;
  bool reaped_ = false;
};

}  // namespace cemli::test
