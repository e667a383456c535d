#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace cemli {

/// What must hold for a program to have succeeded. Patterns are in RE2's syntax and are matched
/// with lines as bytes.
struct SuccessSpec {
  std::vector<int> exit_codes = {0};
  /// Names of rule packs (`oracle`), or of one with a tool of it (`oracle:fndload`), whose lines
  /// of success must be seen, too.
  std::vector<std::string> rules = {};
  std::vector<std::string> fail = {};
  /// Excuse what a `fail` pattern matched.
  std::vector<std::string> allow = {};
  /// Shown only.
  std::vector<std::string> warn = {};
  std::vector<std::string> must_see = {};
  /// Names of log files in the working directory, with `*`, `?` and `[…]`.
  std::vector<std::string> logs = {};
  friend bool operator==(const SuccessSpec&, const SuccessSpec&) = default;
};

/// One program of a package.
struct StepSpec {
  /// The step it belongs to: `pre_check`, `run`, `post_check`, `rollback`, `uninstall`, `check`,
  /// `dry_run`.
  std::string name;
  /// A path in the package (it has a `/`), or a name on `PATH`.
  std::string program;
  std::vector<std::string> args = {};
  std::chrono::milliseconds timeout = std::chrono::hours(1);
  /// Between SIGTERM and SIGKILL.
  std::chrono::milliseconds grace = std::chrono::seconds(10);
  SuccessSpec success = {};
  /// Its name where the step is a list of programs; else empty.
  std::string part = {};
  /// How often it is tried again after it failed, and how long after the first time; each later
  /// pause is twice as long.
  unsigned retries = 0;
  std::chrono::milliseconds backoff = std::chrono::seconds(5);

  /// `run`, or `run/load` in a list: how people and the record name it.
  [[nodiscard]] std::string label() const { return part.empty() ? name : name + "/" + part; }
  friend bool operator==(const StepSpec&, const StepSpec&) = default;
};

}  // namespace cemli
