#include "reconciler/execute/step_sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace cemli {
namespace {

/// Doubling ends here.
constexpr std::chrono::milliseconds kLongestPause = std::chrono::hours(1);

std::vector<StepSpec> programs_of(const std::vector<StepSpec>& steps,
                                  const std::vector<std::string_view>& names) {
  std::vector<StepSpec> programs;
  for (const std::string_view name : names) {
    std::copy_if(steps.begin(), steps.end(), std::back_inserter(programs),
                 [name](const StepSpec& step) { return step.name == name; });
  }
  return programs;
}

std::vector<std::string_view> step_names(Purpose purpose) {
  switch (purpose) {
    case Purpose::bring:
      return {"pre_check", "run", "post_check"};
    case Purpose::take_away:
      return {"uninstall"};
    case Purpose::check:
      return {"check"};
    case Purpose::dry_run:
      return {"dry_run"};
  }
  return {};
}

}  // namespace

Purpose purpose_of(ActionKind kind) {
  return kind == ActionKind::remove ? Purpose::take_away : Purpose::bring;
}

StepSequence::StepSequence(const std::vector<StepSpec>& steps, Purpose purpose,
                           const std::vector<std::string>& done)
    : programs_(programs_of(steps, step_names(purpose))) {
  std::erase_if(programs_, [&done](const StepSpec& program) {
    return std::find(done.begin(), done.end(), program.label()) != done.end();
  });
  if (purpose == Purpose::bring) rollback_ = programs_of(steps, {"rollback"});
}

std::optional<Outcome> StepSequence::ended(std::optional<Outcome> verdict, Again again) {
  just_done_.reset();
  if (!verdict) return after_success();
  const auto* failed = std::get_if<Failed>(&*verdict);
  if (failed == nullptr) return conclude(*std::move(verdict));
  const StepSpec& program = current();
  last_failure_ = failed->why;
  tries_made_ = try_;
  if (again == Again::may_help && try_ <= program.retries) {
    pause_ = pause_.count() == 0 ? program.backoff : std::min(2 * pause_, kLongestPause);
    ++try_;
    return std::nullopt;
  }
  if (program.name != "post_check" || rollback_.empty()) return give_up();
  undone_because_ = summary_of(give_up());
  programs_ = std::exchange(rollback_, {});
  position_ = 0;
  try_ = 1;
  pause_ = {};
  return std::nullopt;
}

std::optional<Outcome> StepSequence::after_success() {
  try_ = 1;
  pause_ = {};
  const std::string label = current().label();
  if (++position_ < programs_.size()) {
    if (!undone_because_) just_done_ = label;
    return std::nullopt;
  }
  if (undone_because_) return RolledBack{*undone_because_};
  return Succeeded{};
}

Outcome StepSequence::give_up() const {
  if (tries_made_ == 1) return conclude(Failed{last_failure_});
  return conclude(Failed{fmt::format("{}, in {} tries", last_failure_, tries_made_)});
}

Outcome StepSequence::conclude(Outcome verdict) const {
  if (!undone_because_) return verdict;
  const std::string why =
      fmt::format("{}; and it is not rolled back: {}", *undone_because_, summary_of(verdict));
  if (std::holds_alternative<Interrupted>(verdict)) return Interrupted{why};
  return Failed{why};
}

}  // namespace cemli
