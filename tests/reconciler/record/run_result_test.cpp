#include "reconciler/record/run_result.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_log.h"
#include "tests/support/sample_run.h"

namespace cemli {
namespace {

using test::address_of;
using test::moment;

/// A run of `a` to `d`, whose head is entry 9.
struct Fixture {
  Fixture() {
    recorded.environment = "dev";
    recorded.log = "a1b2c3";
    recorded.head = Head{9, Digest::of("entry 9")};
    recorded.active_run = ActiveRun{test::run_started("r"), 1, 9, moment(0), test::written_by("r")};
  }
  [[nodiscard]] RunResult compose() const {
    return compose_run_result({"dev",
                               "r",
                               std::nullopt,
                               Digest::of("plan"),
                               "pipeline",
                               "host",
                               "0.1.0",
                               {},
                               "file:/packages"},
                              run.plan, {"dev/runs/r/plan.json", Digest::of("plan.json")},
                              moment(0), ended, execution, recorded, 3);
  }
  /// `a succeeded, b blocked, ...`
  [[nodiscard]] std::string lines() const {
    std::string lines;
    for (const RunResultLine& line : compose().packages)
      lines += line.address.text() + " " + line.status + ", ";
    return lines;
  }
  void end(const char* address, OutcomeKind outcome) {
    ended.emplace(address_of(address), test::finished(address, 1, outcome));
  }

  test::SampleRun run{{{"a"}, {"b"}, {"c"}, {"d"}}};
  std::map<Address, PackageFinished> ended;
  Execution execution;
  RecordedState recorded;
};

TEST_CASE("a run's result tells what became of each action") {
  Fixture fixture;
  fixture.end("a", OutcomeKind::succeeded);
  fixture.end("b", OutcomeKind::failed);
  fixture.execution.blocked.emplace(address_of("c"), address_of("b"));
  CHECK(fixture.lines() == "a succeeded, b failed, c blocked, d not_started, ");
  const RunResult result = fixture.compose();
  CHECK(result.counts == RunCounts{.succeeded = 1, .failed = 1, .blocked = 1, .not_started = 1});
  CHECK(result.packages[2].summary == "'b' did not succeed");
  CHECK(result.packages[3].attempt == 0);
  CHECK(result.why == "apply");
  CHECK(result.head == fixture.recorded.head);
  CHECK(result.log == "a1b2c3");
}

TEST_CASE("what the plan left alone is not told, what it held back or forgot is") {
  Fixture fixture;
  fixture.run.plan.actions[0].kind = ActionKind::none;
  fixture.run.plan.actions[1].kind = ActionKind::held;
  fixture.run.plan.actions[2].kind = ActionKind::blocked;
  fixture.run.plan.actions[3].kind = ActionKind::forget;
  CHECK(fixture.lines() == "b held, c blocked, d forgotten, ");
}

TEST_CASE("a run's outcome is the worst of its packages, and stopped where it was") {
  Fixture fixture;
  fixture.end("a", OutcomeKind::succeeded);
  SECTION("all have succeeded") {
    for (const char* address : {"b", "c", "d"}) fixture.end(address, OutcomeKind::succeeded);
    CHECK(fixture.compose().outcome == "succeeded");
  }
  SECTION("an operator's word kept some from being started") {
    CHECK(fixture.compose().outcome == "stopped");
  }
  SECTION("an outcome that is none") {
    fixture.end("b", GENERATE(OutcomeKind::failed, OutcomeKind::error, OutcomeKind::interrupted));
    CHECK(fixture.compose().outcome == "failed");
  }
  SECTION("blocked") {
    fixture.execution.blocked.emplace(address_of("c"), address_of("b"));
    CHECK(fixture.compose().outcome == "failed");
  }
  SECTION("without its warden nothing more could run") {
    fixture.execution.runner_lost = true;
    CHECK(fixture.compose().outcome == "failed");
  }
  SECTION("stopped") {
    fixture.execution.signal = 2;
    CHECK(fixture.compose().outcome == "stopped");
  }
}

}  // namespace
}  // namespace cemli
