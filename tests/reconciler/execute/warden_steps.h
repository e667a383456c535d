#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/execute/warden.h"
#include "state/base/file.h"

namespace cemli::test {

/// Looks again and again until it is so, for at most 20 s.
[[nodiscard]] bool becomes_true(const std::function<bool()>& condition);
[[nodiscard]] bool is_alive(pid_t pid);

/// Real steps of a real warden: shell scripts whose working directory is a folder of their own.
class WardenSteps {
 public:
  struct Options {
    std::chrono::milliseconds timeout = std::chrono::minutes(5);
    std::chrono::milliseconds grace = std::chrono::minutes(5);
    std::vector<std::string> environment = {};
    /// Instead of a shell with the script.
    std::vector<std::string> argv = {};
    std::string working_directory = {};
  };

  WardenSteps();

  /// Starts `/bin/sh -c script`.
  std::uint64_t start(const std::string& script, const Options& options);
  std::uint64_t start(const std::string& script) { return start(script, {}); }
  /// Waits for the step's end, reading its output; fails the test where it does not come.
  StepEnd wait(std::uint64_t id);
  StepEnd run(const std::string& script, const Options& options) {
    return wait(start(script, options));
  }
  StepEnd run(const std::string& script) { return wait(start(script)); }
  /// What a step printed on standard output, and on standard error, until its end.
  [[nodiscard]] const std::string& out(std::uint64_t id) { return streams_.at(id).out; }
  [[nodiscard]] const std::string& err(std::uint64_t id) { return streams_.at(id).err; }

  /// The number that a step writes into this file of its folder, once it is there.
  [[nodiscard]] pid_t pid_in(const std::string& file) const;
  [[nodiscard]] std::string path(const std::string& file) const { return folder_.path() / file; }

  [[nodiscard]] Warden& warden() { return *warden_; }
  /// As the end of cemli does.
  void close() { warden_.reset(); }

 private:
  struct Streams {
    UniqueFd out_fd;
    UniqueFd err_fd;
    std::string out;
    std::string err;
  };
  static void drain(UniqueFd& fd, std::string& text);
  void drain();

  TemporaryFolder folder_;
  std::unique_ptr<Warden> warden_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Streams> streams_;
  std::map<std::uint64_t, StepEnd> ended_;
};

}  // namespace cemli::test
