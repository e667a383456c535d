#pragma once

#include <signal.h>

#include <vector>

#include "state/base/file.h"

namespace cemli {

/// While it lives, SIGINT, SIGTERM and SIGHUP arrive at a descriptor instead of ending the process.
/// Made before any thread, so that no thread takes them either.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The signals that arrived since the last call, oldest first.
  [[nodiscard]] std::vector<int> take();

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

}  // namespace cemli
