#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/execute/outcome.h"
#include "reconciler/package/step_spec.h"
#include "state/event.h"

namespace cemli {

/// What an attempt's programs are started for: which of its package's steps run.
enum class Purpose {
  bring,      ///< `pre_check`, `run`, `post_check`; `rollback` behind a failed `post_check`
  take_away,  ///< `uninstall`
  check,      ///< looks whether the target still is as it was left; changes nothing
  dry_run,    ///< tells what `run` would do; changes nothing
};

/// What an action that runs programs runs them for.
[[nodiscard]] Purpose purpose_of(ActionKind kind);

/// Which program of an attempt comes next, decided from how those before it ended: the programs of
/// its steps in order, each tried as often as it may be, and `rollback` behind a failed
/// `post_check`. Pure.
class StepSequence {
 public:
  /// The programs among `steps` that serve the purpose, but for those whose labels are `done`
  /// already.
  StepSequence(const std::vector<StepSpec>& steps, Purpose purpose,
               const std::vector<std::string>& done);

  /// Whether there is nothing to run at all.
  [[nodiscard]] bool is_empty() const { return programs_.empty(); }
  /// The program to be started next.
  [[nodiscard]] const StepSpec& current() const { return programs_.at(position_); }
  /// Which try of it that is, counted from 1.
  [[nodiscard]] unsigned try_number() const { return try_; }
  /// How long to wait before it; nothing but before another try.
  [[nodiscard]] std::chrono::milliseconds pause() const { return pause_; }

  enum class Again { may_help, is_useless };
  /// The current program ended: with a success where there is no `verdict`. Returns how the attempt
  /// ended, if it did; else there is a program to be started.
  [[nodiscard]] std::optional<Outcome> ended(std::optional<Outcome> verdict, Again again);
  /// The label of the program that has just succeeded, where another follows it and it is not a
  /// part of taking things back.
  [[nodiscard]] const std::optional<std::string>& just_done() const { return just_done_; }
  /// No other try is made: what the attempt ends with, as its last program failed.
  [[nodiscard]] Outcome give_up() const;

 private:
  [[nodiscard]] std::optional<Outcome> after_success();
  [[nodiscard]] Outcome conclude(Outcome verdict) const;

  std::vector<StepSpec> programs_;
  std::vector<StepSpec> rollback_;
  std::size_t position_ = 0;
  unsigned try_ = 1;
  std::chrono::milliseconds pause_{};
  std::optional<std::string> just_done_;
  /// How often the current program failed, and why last.
  unsigned tries_made_ = 0;
  std::string last_failure_;
  /// Why it is being rolled back.
  std::optional<std::string> undone_because_;
};

}  // namespace cemli
