#include "reconciler/execute/running_attempt.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/sample_run.h"

namespace cemli {
namespace {

using By = StepEnd::By;

const StepSpec kStep{"run", "steps/run.sh", {}, std::chrono::minutes(90)};

std::string verdict(const StepEnd& end, const StepSpec& step = kStep,
                    const RuleFindings& findings = {}) {
  const auto outcome = judge_step(step, end, findings);
  if (!outcome) return "goes on";
  return std::string(word_of(kind_of(*outcome))) + ": " + summary_of(*outcome);
}

TEST_CASE("a step's end decides what becomes of its attempt") {
  CHECK(verdict({1, By::itself, 0}) == "goes on");
  CHECK(verdict({1, By::itself, 3}) == "failed: run: exit code 3");
  CHECK(verdict({1, By::itself, std::nullopt, SIGSEGV}) == "failed: run: killed by SIGSEGV");
  CHECK(verdict({1, By::itself, std::nullopt, 40}) == "failed: run: killed by signal 40");
  CHECK(verdict({1, By::timeout, 0}) == "failed: run: timed out after 90m");
  CHECK(verdict({1, By::stop, 0}) == "interrupted: run: ended because the run was stopped");
  CHECK(verdict({1, By::lease, std::nullopt, SIGKILL}) ==
        "interrupted: run: ended because the lease ran out");
  CHECK(verdict({1, By::lost}) ==
        "interrupted: run: ended with the run's warden, which was killed");
  CHECK(verdict({1, By::not_executable, std::nullopt, std::nullopt, ENOENT}) ==
        "failed: run: cannot execute 'steps/run.sh': No such file or directory");
}

TEST_CASE("exit codes that the manifest accepts are successes, and only those") {
  StepSpec step = kStep;
  step.success.exit_codes = {1, 4};
  CHECK(verdict({1, By::itself, 4}, step) == "goes on");
  CHECK(verdict({1, By::itself, 0}, step) == "failed: run: exit code 0");
}

TEST_CASE("an accepted exit code is no success where a rule says otherwise") {
  const RuleHit bad{RuleHit::Kind::fail, "oracle/ora", "stdout", 3, "ORA-00942: no table"};
  const RuleHit odd{RuleHit::Kind::warn, "slow", "stdout", 1, "slow"};
  CHECK(verdict({1, By::itself, 0}, kStep, {{odd, bad}}) ==
        "failed: run: exit code 0, but stdout:3: 'ORA-00942: no table' (oracle/ora)");
  CHECK(verdict({1, By::itself, 3}, kStep, {{bad}}) ==
        "failed: run: exit code 3; stdout:3: 'ORA-00942: no table' (oracle/ora)");
  CHECK(verdict({1, By::itself, 0}, kStep, {{odd}}) == "goes on");
  CHECK(verdict({1, By::itself, 0}, kStep, {{{RuleHit::Kind::missing, "^done$"}}}) ==
        "failed: run: exit code 0, but no line shows success (^done$)");
  CHECK(verdict({1, By::timeout, 0}, kStep, {{bad}}) == "failed: run: timed out after 90m");
}

/// An attempt of a package with a `pre_check` and a `run`.
struct Begun {
  Begun() {
    auto workspace =
        prepare_workspace(*run.plan.actions[0].desired, run.zips.at("a"), folder.path());
    REQUIRE(workspace);
    attempt.emplace(run.plan.actions[0], *std::move(workspace), Purpose::bring);
  }
  StepProcess begin(std::uint64_t id) {
    auto process = attempt->begin_step(facts, id);
    REQUIRE(process);
    return *std::move(process);
  }

  RunFacts facts = test::sample_facts();
  TemporaryFolder folder = test::temporary_folder();
  test::SampleRun run{
      {{.address = "a",
        .files = {{"steps/run.sh", ""}, {"steps/pre_check.sh", ""}},
        .manifest = R"(,"steps":{"run":{"program":"steps/run.sh","timeout":"3s","grace":"2s"}})"}}};
  std::optional<RunningAttempt> attempt;
};

TEST_CASE("the steps of an attempt follow one another, and its report tells them all") {
  Begun begun;
  RunningAttempt& attempt = *begun.attempt;
  CHECK_FALSE(attempt.has_begun());
  {
    const StepProcess process = begun.begin(1);
    CHECK_THAT(process.working_directory, Catch::EndsWith("/package"));
    CHECK(process.argv.front() == process.working_directory + "/steps/pre_check.sh");
    CHECK(process.mark == "a\n\n1");
    REQUIRE(write_all(process.out.get(), "checked"));
  }
  CHECK(attempt.has_begun());
  attempt.end_step({1, By::itself, 0});
  CHECK_FALSE(attempt.is_over());
  {
    const StepProcess process = begun.begin(2);
    CHECK(process.timeout == std::chrono::seconds(3));
    CHECK(process.grace == std::chrono::seconds(2));
    REQUIRE(write_all(process.out.get(), "did "));
    attempt.drain();
    REQUIRE(write_all(process.err.get(), "it"));
  }
  attempt.end_step({2, By::itself, 7});
  REQUIRE(attempt.is_over());
  const AttemptReport report = attempt.take_report();
  CHECK(report.outcome == Outcome(Failed{"run: exit code 7"}));
  REQUIRE(report.steps.size() == 2);
  CHECK(report.steps[0].step == "pre_check");
  CHECK(report.steps[0].out.text() == "checked");
  CHECK(report.steps[0].err.text().empty());
  CHECK(report.steps[1].out.text() == "did ");
  CHECK(report.steps[1].err.text() == "it");
  CHECK(report.steps[1].exit_code == 7);
  CHECK(report.start <= report.end);
  REQUIRE(report.folder);
  CHECK(report.artifacts == report.folder->path() / "artifacts");
  CHECK_FALSE(report.manifest.empty());
}

TEST_CASE("output is read without blocking, and a closed stream is polled no more") {
  Begun begun;
  std::optional<StepProcess> process(begun.begin(1));
  begun.attempt->drain();
  CHECK(begun.attempt->outputs().first >= 0);
  process->out.reset();
  begun.attempt->drain();
  CHECK(begun.attempt->outputs().first == -1);
  CHECK(begun.attempt->outputs().second >= 0);
}

TEST_CASE("a step that was refused is begun again as if it never was") {
  Begun begun;
  RunningAttempt& attempt = *begun.attempt;
  static_cast<void>(begun.begin(1));
  attempt.withdraw_step();
  CHECK_FALSE(attempt.has_begun());
  CHECK(attempt.outputs() == std::pair(-1, -1));
  static_cast<void>(begun.begin(2));
  attempt.end_step({2, By::itself, 0});
  static_cast<void>(begun.begin(3));
  attempt.withdraw_step();
  // Its first program did run.
  CHECK(attempt.has_begun());
  static_cast<void>(begun.begin(4));
  attempt.end_step({4, By::itself, 0});
  const AttemptReport report = attempt.take_report();
  CHECK(report.outcome == Outcome(Succeeded{}));
  CHECK(report.steps.size() == 2);
}

TEST_CASE("what fails before any program ran is an error, afterwards a failure") {
  Begun begun;
  SECTION("before") {
    begun.attempt->fail_step("no pipes");
    CHECK(begun.attempt->take_report().outcome == Outcome(PreparationFailed{"no pipes"}));
  }
  SECTION("afterwards") {
    static_cast<void>(begun.begin(1));
    begun.attempt->end_step({1, By::itself, 0});
    begun.attempt->fail_step("no pipes");
    CHECK(begun.attempt->take_report().outcome == Outcome(Failed{"no pipes"}));
  }
}

}  // namespace
}  // namespace cemli
