#include "reconciler/execute/running_attempt.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "reconciler/execute/secrets.h"

namespace cemli {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno, "making a pipe");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  // Only this end: the step's programs expect blocking writes.
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

std::string describe_exit(const StepEnd& end) {
  if (!end.signal) return fmt::format("exit code {}", end.exit_code.value_or(-1));
  const char* name = ::sigabbrev_np(*end.signal);
  return name != nullptr ? fmt::format("killed by SIG{}", name)
                         : fmt::format("killed by signal {}", *end.signal);
}

}  // namespace

std::optional<Outcome> judge_step(const StepSpec& step, const StepEnd& end,
                                  const RuleFindings& findings) {
  switch (end.by) {
    case StepEnd::By::itself:
      break;
    case StepEnd::By::timeout:
      return Failed{
          fmt::format("{}: timed out after {}", step.label(), format_duration(step.timeout))};
    case StepEnd::By::stop:
      return Interrupted{step.label() + ": ended because the run was stopped"};
    case StepEnd::By::lease:
      return Interrupted{step.label() + ": ended because the lease ran out"};
    case StepEnd::By::lost:
      return Interrupted{step.label() + ": ended with the run's warden, which was killed"};
    case StepEnd::By::not_executable:
      return Failed{fmt::format("{}: cannot execute '{}': {}", step.label(), step.program,
                                ::strerrordesc_np(end.error_number))};
    case StepEnd::By::refused:
      return Interrupted{step.label() + ": refused"};
  }
  const auto& accepted = step.success.exit_codes;
  const bool is_accepted = end.exit_code && std::find(accepted.begin(), accepted.end(),
                                                      *end.exit_code) != accepted.end();
  const RuleHit* hit = findings.failure();
  if (is_accepted && hit == nullptr) return std::nullopt;
  std::string why = fmt::format("{}: {}", step.label(), describe_exit(end));
  if (hit != nullptr) why += fmt::format("{}{}", is_accepted ? ", but " : "; ", describe(*hit));
  return Failed{std::move(why)};
}

AttemptReport report_without_programs(const Action& action, Outcome outcome) {
  const Timestamp now = wall_now();
  return {action.address, action.attempt, std::move(outcome), now, now, {}, {}, std::nullopt, {}};
}

RunningAttempt::RunningAttempt(const Action& action, Workspace workspace, Purpose purpose)
    : action_(&action),
      workspace_(std::move(workspace)),
      purpose_(purpose),
      sequence_(workspace_.manifest.steps, purpose, action.done) {}

Result<StepProcess> RunningAttempt::begin_step(const RunFacts& facts, std::uint64_t id) {
  if (sequence_.is_empty())
    return Error(ErrorCode::invalid_input, "the package has no step for this action");
  const StepSpec& step = sequence_.current();
  auto argv = step_command(facts, workspace_, step);
  if (!argv) return std::move(argv).error();
  if (auto written = write_secrets_once(facts); !written) return std::move(written).error();
  auto rules = SuccessRules::compile(step.success);
  if (!rules) return std::move(rules).error();
  auto out = make_pipe();
  if (!out) return std::move(out).error();
  auto err = make_pipe();
  if (!err) return std::move(err).error();
  out_ = std::move(out->read);
  err_ = std::move(err->read);
  masks_ = &facts.masks;
  out_mask_.emplace(facts.masks);
  err_mask_.emplace(facts.masks);
  output_ = OutputCapture();
  judge_ = OutputJudge(*std::move(rules));
  logs_.emplace(workspace_.package(), step.success.logs);
  argv_ = *std::move(argv);
  step_start_ = wall_now();
  if (!start_) start_ = step_start_;
  const Address& address = action_->address;
  return StepProcess{
      id,
      argv_,
      step_environment(facts, *action_, workspace_, step.name),
      workspace_.package().string(),
      step.timeout,
      step.grace,
      fmt::format("{}\n{}\n{}", address.name(), address.instance().value_or(""), action_->attempt),
      std::move(out->write),
      std::move(err->write)};
}

Result<void> RunningAttempt::write_secrets_once(const RunFacts& facts) {
  const std::vector<std::string>& names = workspace_.manifest.secrets;
  if (names.empty() || workspace_.secrets_folder) return {};
  auto folder =
      write_secrets(facts.secrets_root, action_->address.name() + "-", names, facts.secrets);
  if (!folder) return std::move(folder).error();
  workspace_.secrets_folder = *std::move(folder);
  return {};
}

void RunningAttempt::drain() {
  drain(out_, OutputCapture::Stream::out, out_mask_);
  drain(err_, OutputCapture::Stream::err, err_mask_);
}

void RunningAttempt::take(OutputCapture::Stream stream, std::string_view masked) {
  output_.add(stream, masked);
  judge_.add(stream == OutputCapture::Stream::out ? "stdout" : "stderr", masked);
}

void RunningAttempt::drain(UniqueFd& fd, OutputCapture::Stream stream,
                           std::optional<StreamMask>& mask) {
  // A step that prints without end must not keep the loop from everything else.
  constexpr int kMostReads = 16;
  // Left as it is: clearing it would cost more than most reads.
  std::array<char, 64UL * 1024> buffer;
  for (int i = 0; i < kMostReads && fd.is_open(); ++i) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n > 0) {
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
      // Most runs have no secrets, and need no copies.
      if (masks_->empty()) {
        take(stream, bytes);
      } else {
        take(stream, mask->feed(bytes));
      }
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
      fd.reset();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

RuleFindings RunningAttempt::close_step(const StepEnd& end) {
  const StepSpec& step = sequence_.current();
  // All its processes are gone, so what is in the pipes is all there will be: less than a pipe
  // holds.
  drain();
  out_.reset();
  err_.reset();
  take(OutputCapture::Stream::out, out_mask_->finish());
  take(OutputCapture::Stream::err, err_mask_->finish());
  logs_->judge_changes(judge_, *masks_);
  RuleFindings findings = judge_.finish();
  executions_.push_back(StepExecution{
      step.name, step.program, step.args, end.exit_code, end.signal, end.by == StepEnd::By::timeout,
      step_start_, wall_now(), output_.take(OutputCapture::Stream::out),
      output_.take(OutputCapture::Stream::err), findings, step.part, sequence_.try_number()});
  return findings;
}

void RunningAttempt::end_step(const StepEnd& end) {
  const StepSpec& step = sequence_.current();
  const RuleFindings findings = close_step(end);
  const bool by_itself = end.by == StepEnd::By::itself || end.by == StepEnd::By::timeout;
  const bool is_answer = purpose_ == Purpose::check && end.exit_code == kDriftedExitCode;
  const auto again =
      by_itself && !is_answer ? StepSequence::Again::may_help : StepSequence::Again::is_useless;
  outcome_ = sequence_.ended(judge_step(step, end, findings), again);
}

std::optional<std::string> RunningAttempt::step_to_record() const {
  if (workspace_.manifest.resume != Resume::step) return std::nullopt;
  return sequence_.just_done();
}

void RunningAttempt::fail_step(const std::string& why) {
  if (has_begun()) {
    outcome_ = Failed{why};
  } else {
    outcome_ = PreparationFailed{why};
  }
}

void RunningAttempt::withdraw_step() {
  out_.reset();
  err_.reset();
  if (executions_.empty()) start_.reset();
}

AttemptReport RunningAttempt::take_report() {
  // Nobody reads them any more, while the rest waits to be packed.
  workspace_.secrets_folder.reset();
  const Timestamp now = wall_now();
  const std::filesystem::path artifacts = workspace_.artifacts();
  return {action_->address,
          action_->attempt,
          *std::move(outcome_),
          start_.value_or(now),
          now,
          std::move(executions_),
          std::move(workspace_.manifest.document),
          std::move(workspace_.folder),
          artifacts};
}

}  // namespace cemli
