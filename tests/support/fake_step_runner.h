#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/execute/step_runner.h"

namespace cemli::test {

/// Starts nothing: steps end as a test says, by default at once and with exit code 0. A step is
/// named `PACKAGE/STEP`. Used from the executor's thread alone.
class FakeStepRunner final : public StepRunner {
 public:
  struct Ending {
    StepEnd::By by = StepEnd::By::itself;
    std::optional<int> exit_code = 0;
  };

  FakeStepRunner();

  /// The step's next start ends like this; once, then by default again.
  void end_next(const std::string& step, Ending ending);
  /// The step runs until `release`, a stop, or the loss of the runner.
  void hold(const std::string& step);
  void release(const std::string& step);
  /// What the step prints on standard output.
  void print(const std::string& step, std::string text);
  /// Each start fails with this.
  void refuse_starts(const std::string& why);
  /// As if the warden was killed.
  void lose();
  /// Called with each step that starts, before it ends.
  std::function<void(const std::string& step)> on_start;

  [[nodiscard]] const std::vector<std::string>& started() const { return started_; }
  [[nodiscard]] std::size_t running() const { return running_.size(); }
  /// The step that runs longest; there must be one.
  [[nodiscard]] std::string oldest() const { return running_.begin()->second; }
  [[nodiscard]] std::size_t most_at_once() const { return most_at_once_; }
  [[nodiscard]] const std::vector<StopHow>& stops() const { return stops_; }
  [[nodiscard]] const std::vector<StepDeadlines>& deadlines() const { return deadlines_; }

  [[nodiscard]] Result<void> start(StepProcess step) override;
  void stop_all(StopHow how) override;
  void set_deadlines(const StepDeadlines& deadlines) override;
  [[nodiscard]] int ended_fd() const override { return is_lost() ? -1 : event_.get(); }
  [[nodiscard]] std::vector<StepEnd> take_ended() override;
  [[nodiscard]] bool is_lost() const override { return is_lost_; }

 private:
  void end(std::uint64_t id, Ending ending);
  void wake();

  UniqueFd event_;
  std::map<std::string, Ending> endings_;
  std::map<std::string, bool> held_;
  std::map<std::string, std::string> printed_;
  std::optional<std::string> refusal_;
  std::map<std::uint64_t, std::string> running_;
  std::vector<StepEnd> ended_;
  std::vector<std::string> started_;
  std::size_t most_at_once_ = 0;
  std::vector<StopHow> stops_;
  std::vector<StepDeadlines> deadlines_;
  bool loses_ = false;
  bool is_lost_ = false;
};

}  // namespace cemli::test
