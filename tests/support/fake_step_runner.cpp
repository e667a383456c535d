#include "tests/support/fake_step_runner.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace cemli::test {
namespace {

std::string value_of(const StepProcess& step, const std::string& name) {
  for (const std::string& variable : step.environment) {
    if (variable.starts_with(name + "=")) return variable.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

FakeStepRunner::FakeStepRunner() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void FakeStepRunner::end_next(const std::string& step, Ending ending) {
  endings_[step] = ending;
}

void FakeStepRunner::hold(const std::string& step) {
  held_[step] = true;
}

void FakeStepRunner::release(const std::string& step) {
  held_.erase(step);
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [&step](const auto& item) { return item.second == step; });
  if (found != running_.end()) end(found->first, {});
}

void FakeStepRunner::print(const std::string& step, std::string text) {
  printed_[step] = std::move(text);
}

void FakeStepRunner::refuse_starts(const std::string& why) {
  refusal_ = why;
}

void FakeStepRunner::lose() {
  loses_ = true;
  wake();
}

Result<void> FakeStepRunner::start(StepProcess step) {
  if (refusal_) return Error(ErrorCode::unavailable, *refusal_);
  const std::string name = value_of(step, "CEMLI_PACKAGE") + "/" + value_of(step, "CEMLI_STEP");
  started_.push_back(name);
  running_.emplace(step.id, name);
  most_at_once_ = std::max(most_at_once_, running_.size());
  if (on_start) on_start(name);
  if (const auto text = printed_.find(name); text != printed_.end())
    static_cast<void>(write_all(step.out.get(), text->second));
  if (held_.contains(name)) return {};
  const auto ending = endings_.extract(name);
  end(step.id, ending ? ending.mapped() : Ending{});
  return {};
}

void FakeStepRunner::end(std::uint64_t id, Ending ending) {
  running_.erase(id);
  ended_.push_back(StepEnd{id, ending.by, ending.exit_code});
  wake();
}

void FakeStepRunner::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof one));
}

void FakeStepRunner::stop_all(StopHow how) {
  stops_.push_back(how);
  // Held steps are those that ignore SIGTERM.
  for (const auto& [id, name] : std::map(running_)) {
    if (how == StopHow::at_once || !held_.contains(name))
      end(id, {StepEnd::By::stop, std::nullopt});
  }
}

void FakeStepRunner::set_deadlines(const StepDeadlines& deadlines) {
  deadlines_.push_back(deadlines);
}

std::vector<StepEnd> FakeStepRunner::take_ended() {
  std::uint64_t ignored = 0;
  static_cast<void>(::read(event_.get(), &ignored, sizeof ignored));
  if (loses_ && !std::exchange(is_lost_, true)) {
    for (const auto& [id, name] : std::exchange(running_, {}))
      ended_.push_back(StepEnd{id, StepEnd::By::lost});
  }
  return std::exchange(ended_, {});
}

}  // namespace cemli::test
