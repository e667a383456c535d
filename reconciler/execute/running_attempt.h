#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/execute/masking.h"
#include "reconciler/execute/output_capture.h"
#include "reconciler/execute/step_logs.h"
#include "reconciler/execute/step_runner.h"
#include "reconciler/execute/step_sequence.h"
#include "reconciler/execute/workspace.h"
#include "reconciler/package/success_rules.h"
#include "reconciler/plan/action.h"

namespace cemli {

/// What the step `check` exits with where the target is not as it was left.
inline constexpr int kDriftedExitCode = 2;

/// One attempt whose package is ready: its steps one after the other, and in the end its report.
class RunningAttempt {
 public:
  RunningAttempt(const Action& action, Workspace workspace, Purpose purpose);

  /// Composes the process of the current step and opens its output pipes. The step's start is now.
  /// An error means that its program cannot be started. `facts` must outlive the step.
  [[nodiscard]] Result<StepProcess> begin_step(const RunFacts& facts, std::uint64_t id);
  /// The read ends of the current step's output, -1 where closed.
  [[nodiscard]] std::pair<int, int> outputs() const { return {out_.get(), err_.get()}; }
  /// Reads what the current step printed, without blocking.
  void drain();
  /// The current step ended. Afterwards either `is_over`, or the next is to be begun after `pause`.
  void end_step(const StepEnd& end);
  /// Nothing but before a failed program is tried again.
  [[nodiscard]] std::chrono::milliseconds pause() const { return sequence_.pause(); }
  /// The program that has just succeeded, where the record must know of it before the next one.
  [[nodiscard]] std::optional<std::string> step_to_record() const;
  /// The program that failed is not tried again.
  void give_up() { outcome_ = sequence_.give_up(); }
  /// The current step's program could not be composed.
  void fail_step(const std::string& why);
  /// The run was stopped between two steps.
  void interrupt(const std::string& why) { outcome_ = Interrupted{why}; }
  /// The current step was refused by its runner and is to be begun again later.
  void withdraw_step();

  /// Whether any program was started.
  [[nodiscard]] bool has_begun() const { return start_.has_value(); }
  [[nodiscard]] bool is_over() const { return outcome_.has_value(); }
  [[nodiscard]] const Action& action() const { return *action_; }
  /// The report, with the workspace; call once, when over.
  [[nodiscard]] AttemptReport take_report();

 private:
  void drain(UniqueFd& fd, OutputCapture::Stream stream, std::optional<StreamMask>& mask);
  [[nodiscard]] Result<void> write_secrets_once(const RunFacts& facts);
  void take(OutputCapture::Stream stream, std::string_view masked);
  [[nodiscard]] RuleFindings close_step(const StepEnd& end);

  const Action* action_;
  Workspace workspace_;
  Purpose purpose_;
  StepSequence sequence_;
  std::optional<Timestamp> start_;
  Timestamp step_start_{};
  std::vector<std::string> argv_;
  UniqueFd out_;
  UniqueFd err_;
  /// Nothing that was read is shown, kept or judged before its secrets are masked.
  const Masks* masks_ = nullptr;
  std::optional<StreamMask> out_mask_;
  std::optional<StreamMask> err_mask_;
  OutputCapture output_;
  OutputJudge judge_{nullptr};
  std::optional<StepLogs> logs_;
  std::vector<StepExecution> executions_;
  std::optional<Outcome> outcome_;
};

/// What a step's end, and what its success rules found, mean for its attempt; nothing where the
/// next step may run.
[[nodiscard]] std::optional<Outcome> judge_step(const StepSpec& step, const StepEnd& end,
                                                const RuleFindings& findings);

/// The report of an attempt that ended before its package was ready, or before its first program.
[[nodiscard]] AttemptReport report_without_programs(const Action& action, Outcome outcome);

}  // namespace cemli
