#include "reconciler/report/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <ostream>
#include <utility>
#include <vector>

#include "reconciler/report/output_tail.h"
#include "reconciler/report/wording.h"

namespace cemli {
namespace {

constexpr std::size_t kTailLines = 20;

Paint paint_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::succeeded:
      return Paint::green;
    case OutcomeKind::not_started:
      return Paint::dim;
    case OutcomeKind::interrupted:
      return Paint::yellow;
    case OutcomeKind::failed:
    case OutcomeKind::error:
    case OutcomeKind::rolled_back:
      return Paint::red;
  }
  return Paint::bold;
}

std::string_view phrase_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::error:
      return "could not be started";
    case OutcomeKind::not_started:
      return "not started";
    case OutcomeKind::rolled_back:
      return "rolled back";
    default:
      return word_of(kind);
  }
}

class PlainProgress final : public Observer {
 public:
  PlainProgress(std::ostream& out, const TextStyle& style, std::function<Timestamp()> clock)
      : out_(out), style_(style), clock_(std::move(clock)) {}

  void run_started(const RunId& run, const Plan& plan) override {
    run_ = run;
    environment_ = plan.environment;
    total_ = static_cast<std::uint64_t>(
        std::count_if(plan.actions.begin(), plan.actions.end(),
                      [](const Action& action) { return runs_programs(action.kind); }));
    write(fmt::format("run {} in environment {}: {} to do", run,
                      painted(style_, Paint::bold, plan.environment), count_of(total_, "package")));
  }

  void attempt_started(const Action& action) override {
    write(fmt::format("{}: {}", head_of(action),
                      action.kind == ActionKind::remove ? "removing" : "running"));
  }

  void attempt_ended(const Action& action, const AttemptReport& report) override {
    const OutcomeKind kind = kind_of(report.outcome);
    std::string text = head_of(action) + ": " + painted(style_, paint_of(kind), phrase_of(kind));
    if (!report.steps.empty()) text += " in " + describe_duration(report.end - report.start);
    if (const std::string& summary = summary_of(report.outcome); !summary.empty())
      text += ": " + printable(summary);
    for (const StepExecution& step : report.steps) text += warnings_of(step);
    const bool shows_output = kind == OutcomeKind::failed || kind == OutcomeKind::interrupted ||
                              kind == OutcomeKind::rolled_back;
    if (shows_output && !report.steps.empty()) text += output_of(report);
    write(text);
  }

  void became_blocked(const Action& action, const Address& because) override {
    write(fmt::format("{}: {}, as {} did not succeed", head_of(action),
                      painted(style_, Paint::red, "blocked"), because.text()));
  }

  void notice(const std::string& text) override {
    write(painted(style_, Paint::yellow, printable(text)));
  }

 private:
  /// `[ 3/30] gl-base 1.2.0`; an address keeps the number it is first seen with.
  std::string head_of(const Action& action) {
    const auto seen = numbers_.emplace(action.address, numbers_.size() + 1).first;
    const std::string total = std::to_string(total_);
    return fmt::format("[{:>{}}/{}] {} {}", seen->second, total.size(), total,
                       action.address.text(), action.version);
  }

  /// The summary quotes what failed.
  [[nodiscard]] std::string warnings_of(const StepExecution& step) const {
    constexpr std::size_t kMostShown = 5;
    std::string text;
    std::size_t shown = 0;
    for (const RuleHit& hit : step.findings.hits) {
      if (hit.kind != RuleHit::Kind::warn || ++shown > kMostShown) continue;
      text += fmt::format("\n    {}: {}: {}", painted(style_, Paint::yellow, "warning"), step.step,
                          printable(describe(hit)));
    }
    if (shown > kMostShown) text += fmt::format("\n    and {} more warnings", shown - kMostShown);
    return text;
  }

  /// The step that explains the end: where a rollback followed, the one before it.
  [[nodiscard]] static const StepExecution& failed_step(const AttemptReport& report) {
    const auto rollback =
        std::find_if(report.steps.begin(), report.steps.end(),
                     [](const StepExecution& step) { return step.step == "rollback"; });
    const bool is_rolled_back = kind_of(report.outcome) == OutcomeKind::rolled_back;
    if (!is_rolled_back || rollback == report.steps.begin()) return report.steps.back();
    return *std::prev(rollback);
  }

  [[nodiscard]] std::string output_of(const AttemptReport& report) const {
    const StepExecution& step = failed_step(report);
    const bool both = !(step.out.head.empty() || step.err.head.empty());
    const std::size_t lines = both ? kTailLines / 2 : kTailLines;
    std::string text;
    for (const auto& [name, stream] : {std::pair("stdout", &step.out), {"stderr", &step.err}}) {
      const OutputTail tail = tail_of(*stream, lines);
      if (tail.lines.empty()) continue;
      text += fmt::format("\n    {} of {}{}:", name, step.step,
                          tail.is_whole ? "" : fmt::format(", the last {} lines", lines));
      for (const std::string& line : tail.lines)
        text += "\n    " + painted(style_, Paint::dim, "|") + " " + line;
    }
    return text + "\n    all of it:\n      " + logs_command(run_, report.address, environment_);
  }

  void write(const std::string& text) {
    const std::string time = format_timestamp(clock_()).substr(11, 8);
    out_ << painted(style_, Paint::dim, time) + " " + text + "\n" << std::flush;
  }

  std::ostream& out_;
  TextStyle style_;
  std::function<Timestamp()> clock_;
  RunId run_;
  std::string environment_;
  std::uint64_t total_ = 0;
  std::map<Address, std::uint64_t> numbers_;
};

class NoticesOnly final : public Observer {
 public:
  NoticesOnly(std::ostream& out, const TextStyle& style) : out_(out), style_(style) {}

  void run_started(const RunId& /*run*/, const Plan& /*plan*/) override {}
  void attempt_started(const Action& /*action*/) override {}
  void attempt_ended(const Action& /*action*/, const AttemptReport& /*report*/) override {}
  void became_blocked(const Action& /*action*/, const Address& /*because*/) override {}
  void notice(const std::string& text) override {
    out_ << "note: " + painted(style_, Paint::yellow, printable(text)) + "\n" << std::flush;
  }

 private:
  std::ostream& out_;
  TextStyle style_;
};

}  // namespace

std::unique_ptr<Observer> make_plain_progress(std::ostream& out, const TextStyle& style,
                                              std::function<Timestamp()> clock) {
  return std::make_unique<PlainProgress>(out, style, std::move(clock));
}

std::unique_ptr<Observer> make_notices_only(std::ostream& out, const TextStyle& style) {
  return std::make_unique<NoticesOnly>(out, style);
}

std::string run_summary_text(const RunSummary& summary, const TextStyle& style) {
  const bool good = summary.outcome == "succeeded";
  const Paint paint = good ? Paint::green : Paint::red;
  std::string text =
      fmt::format("Run {} {} after {}: {}.\n", summary.run, painted(style, paint, summary.outcome),
                  describe_duration(summary.duration), describe_counts(summary.counts));
  if (summary.converged && good)
    text += fmt::format("Environment {} is as desired.\n", summary.environment);
  if (!good) text += fmt::format("  cemli show {} -e {}\n", summary.run, summary.environment);
  return text;
}

}  // namespace cemli
