#include "reconciler/report/progress.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/reconciler/plan/states.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::at;
using test::desired_of;
using test::identity_of;
using test::package_of;
using test::planned;
using test::success_of;
using test::time_at;

const RunId kProgressRun = "20261123T021455Z-6f3a9c21";

StepExecution step(std::string name, std::string out, std::string err) {
  StepExecution execution{std::move(name), "steps/run.sh"};
  execution.out.head = std::move(out);
  execution.err.head = std::move(err);
  return execution;
}

AttemptReport report_of(std::string_view address, Outcome outcome, std::chrono::milliseconds took,
                        std::vector<StepExecution> steps) {
  const Timestamp start = time_at("2026-11-23T02:14:55.000Z");
  AttemptReport report{at(address)};
  report.outcome = std::move(outcome);
  report.start = start;
  report.end = start + took;
  report.steps = std::move(steps);
  return report;
}

std::string many_lines(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

/// A run of ten packages in which everything that can happen does.
std::string watch_run(const TextStyle& style) {
  std::vector<DesiredPackage> packages;
  for (const char* name : {"ar-base", "ar-print", "fr-l10n[FR]", "gl-base", "gl-limits", "gl-mail",
                           "hr-base", "hr-disk", "hr-late", "po-sync"}) {
    packages.push_back(package_of(identity_of(name, "1.2.0")));
  }
  const Plan plan = planned(desired_of(packages), test::recorded_of({}));
  const auto action = [&](std::string_view address) -> const Action& {
    for (const Action& candidate : plan.actions) {
      if (candidate.address == at(address)) return candidate;
    }
    throw std::runtime_error("no such action");
  };
  std::ostringstream out;
  Timestamp now = time_at("2026-11-23T02:14:55.000Z");
  const auto progress = make_plain_progress(out, style, [&] {
    now += std::chrono::milliseconds(400);
    return now;
  });
  using std::chrono::milliseconds;
  progress->run_started(kProgressRun, plan);
  progress->attempt_started(action("gl-base"));
  progress->attempt_started(action("fr-l10n[FR]"));
  progress->attempt_ended(action("gl-base"), report_of("gl-base", Succeeded{}, milliseconds(400),
                                                       {step("run", "done\n", "")}));
  progress->attempt_ended(
      action("fr-l10n[FR]"),
      report_of("fr-l10n[FR]", Failed{"run: exit code 3"}, milliseconds(2900),
                {step("pre_check", "fine\n", ""),
                 step("run", many_lines(40), "ORA-00942: table or view does not exist\n\x1b[2J")}));
  progress->became_blocked(action("gl-limits"), at("fr-l10n[FR]"));
  progress->attempt_started(action("hr-base"));
  progress->attempt_ended(action("hr-base"),
                          report_of("hr-base", Failed{"run: timed out after 10m"},
                                    milliseconds(600'000), {step("run", "", many_lines(25))}));
  progress->attempt_ended(
      action("hr-disk"),
      report_of("hr-disk", PreparationFailed{"unpacking: no space left on device"}, milliseconds(0),
                {}));
  progress->attempt_started(action("po-sync"));
  progress->notice("SIGINT: starting nothing more; a second one ends the steps that run");
  progress->attempt_ended(action("po-sync"),
                          report_of("po-sync", Interrupted{"ended by SIGINT"}, milliseconds(65'000),
                                    {step("run", "", "")}));
  progress->attempt_ended(action("hr-late"),
                          report_of("hr-late", NotStarted{}, milliseconds(0), {}));
  return out.str();
}

TEST_CASE("a run is told in plain lines, with the end of what a failing step printed") {
  test::check_golden("progress.txt", watch_run(TextStyle{}));
}

TEST_CASE("progress in colour") {
  test::check_golden("progress_color.txt", watch_run(TextStyle{true, 100}));
}

TEST_CASE("a run's last words say what it came to and how to go on") {
  RunSummary summary{kProgressRun, "prod", "succeeded", RunCounts{30, 0, 0, 0, 0, 0}};
  summary.duration = std::chrono::milliseconds(200'000);
  summary.converged = true;
  std::string text = run_summary_text(summary, TextStyle{});
  summary.outcome = "failed";
  summary.counts = RunCounts{26, 1, 1, 0, 2, 0};
  summary.converged = false;
  text += "\n" + run_summary_text(summary, TextStyle{});
  summary.outcome = "stopped";
  summary.counts = RunCounts{3, 0, 0, 1, 0, 26};
  text += "\n" + run_summary_text(summary, TextStyle{true, 100});
  test::check_golden("run_summary.txt", text);
}

}  // namespace
}  // namespace cemli
