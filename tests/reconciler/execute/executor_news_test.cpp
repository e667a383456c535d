#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "tests/reconciler/execute/executor_fixture.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::ExecutorFixture;
using Lines = std::vector<std::string>;

bool contains(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST_CASE("once the time for starts has passed nothing starts until the lease is renewed") {
  ExecutorFixture fixture({{"a"}, {"b", {"a"}}});
  fixture.journal.post(LeaseRenewed{fixture.journal.deadlines_in(-1s)});
  bool renewed = false;
  int rounds = 0;
  fixture.journal.on_take = [&] {
    if (renewed) return;
    CHECK(fixture.runner.started().empty());
    if (!contains(fixture.journal.said(), "announce a")) return;
    renewed = ++rounds == 3;
    fixture.journal.post(LeaseRenewed{fixture.journal.deadlines_in(renewed ? 60s : -1s)});
  };
  fixture.execute();
  CHECK(renewed);
  CHECK(fixture.runner.started() == Lines{"a/run", "b/run"});
  // The runner hears of each renewal.
  CHECK(fixture.runner.deadlines().size() == 5);
}

TEST_CASE("a step that its runner refused is begun again after the next renewal") {
  ExecutorFixture fixture(
      {{.address = "a", .files = {{"steps/pre_check.sh", ""}, {"steps/run.sh", ""}}}});
  const std::string refused = GENERATE("a/pre_check", "a/run");
  fixture.runner.end_next(refused, {StepEnd::By::refused, std::nullopt});
  fixture.execute();
  CHECK(std::count(fixture.runner.started().begin(), fixture.runner.started().end(), refused) == 2);
  CHECK(fixture.journal.said() == Lines{"announce a", "report a succeeded"});
  CHECK(fixture.observer.notes == Lines{"started a", "ended a succeeded"});
  CHECK(fixture.journal.report_of("a").steps.size() == 2);
}

const test::SampleAction kResuming{.address = "a",
                                   .files = {{"steps/pre_check.sh", ""}, {"steps/run.sh", ""}},
                                   .manifest = R"(,"resume":"step")"};

TEST_CASE("with resume: step no program starts before it is durable that the last one is done") {
  ExecutorFixture fixture({kResuming});
  int rounds = 0;
  bool asked = false;
  const auto wake = [&] { fixture.journal.post(LeaseRenewed{fixture.journal.deadlines_in(60s)}); };
  fixture.journal.on_finish_step = [&](const Action&) {
    asked = true;
    wake();
  };
  fixture.journal.on_take = [&] {
    if (!asked) return;
    CHECK(fixture.runner.started() == Lines{"a/pre_check"});
    if (++rounds == 3) {
      asked = false;
      fixture.journal.post(StepDurable{fixture.at("a")});
    } else {
      wake();
    }
  };
  fixture.execute();
  CHECK(rounds == 3);
  CHECK(fixture.journal.said() == Lines{"announce a", "finish a pre_check", "report a succeeded"});
}

TEST_CASE("an attempt that waits for the record is interrupted where the record is lost") {
  ExecutorFixture fixture({kResuming});
  fixture.journal.on_finish_step = [&](const Action&) { fixture.journal.post(Fenced{"gone"}); };
  const Execution execution = fixture.execute();
  CHECK(fixture.runner.started() == Lines{"a/pre_check"});
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::interrupted);
}

TEST_CASE("one signal lets no new package start and asks running steps to end") {
  ExecutorFixture fixture({{.address = "a",
                            .idempotent = true,
                            .files = {{"steps/pre_check.sh", ""}, {"steps/run.sh", ""}}},
                           {.address = "b", .idempotent = true},
                           {.address = "c", .depends_on = {"a"}}});
  const int number = GENERATE(SIGINT, SIGTERM, SIGHUP);
  fixture.observer.on_started = [&](const Action&) { ::raise(number); };
  const auto stays = GENERATE(true, false);
  // Held steps ignore SIGTERM, so their own end comes.
  if (stays) fixture.runner.hold("a/pre_check");
  fixture.journal.on_take = [&] {
    if (stays && !fixture.runner.stops().empty() && fixture.runner.running() > 0)
      fixture.runner.release("a/pre_check");
  };
  const Execution execution = fixture.execute();
  CHECK(execution.signal == number);
  CHECK(fixture.runner.stops() == std::vector{StopHow::gently});
  CHECK(fixture.runner.started() == Lines{"a/pre_check"});
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::interrupted);
  if (contains(fixture.journal.said(), "announce b"))
    CHECK(contains(fixture.journal.said(), "report b not_started"));
  CHECK_FALSE(contains(fixture.journal.said(), "announce c"));
}

TEST_CASE("a second signal kills what the first did not end") {
  ExecutorFixture fixture({{"a"}});
  fixture.runner.hold("a/run");
  fixture.observer.on_started = [&](const Action&) { ::raise(SIGINT); };
  fixture.journal.on_take = [&] {
    if (fixture.runner.stops().size() == 1) ::raise(SIGTERM);
    // Wakes the loop, as news of a heartbeat would.
    if (fixture.runner.running() > 0)
      fixture.journal.post(LeaseRenewed{fixture.journal.deadlines_in(60s)});
  };
  const Execution execution = fixture.execute();
  CHECK(execution.signal == SIGINT);
  REQUIRE(fixture.runner.stops().size() >= 2);
  CHECK(fixture.runner.stops()[0] == StopHow::gently);
  CHECK(fixture.runner.stops()[1] == StopHow::at_once);
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::interrupted);
}

TEST_CASE("a signal before the first start ends the run without any") {
  ExecutorFixture fixture({{"a"}});
  ::raise(SIGINT);
  const Execution execution = fixture.execute();
  CHECK(execution.signal == SIGINT);
  CHECK(fixture.runner.started().empty());
}

TEST_CASE("what an operator forbids does not start, and its dependents are blocked") {
  ExecutorFixture fixture({{"a"}, {"b", {"a"}}, {"other"}});
  fixture.journal.on_announce = [&](const Action& start) {
    if (start.address.text() != "a") return fixture.journal.post(StartDurable{start.address});
    fixture.journal.post(StartsForbidden{{start.address}, false, "jane held it"});
  };
  const Execution execution = fixture.execute();
  CHECK(fixture.runner.started() == Lines{"other/run"});
  CHECK(fixture.journal.said() == Lines{"announce a", "announce other", "report other succeeded"});
  CHECK(execution.blocked == std::map<Address, Address>{{fixture.at("b"), fixture.at("a")}});
  CHECK(contains(fixture.observer.notes, "notice jane held it"));
}

TEST_CASE("what was announced ahead and then forbidden is reported as not started") {
  ExecutorFixture fixture({{.address = "a"}, {.address = "b", .idempotent = true}});
  fixture.runner.hold("a/run");
  bool is_forbidden = false;
  fixture.journal.on_take = [&] {
    if (!contains(fixture.journal.said(), "announce b") || fixture.runner.running() == 0) return;
    if (std::exchange(is_forbidden, true)) return fixture.runner.release("a/run");
    // Behind the news that its announcement is durable.
    fixture.journal.post(StartsForbidden{{fixture.at("b")}, false, "jane held it"});
  };
  const Execution execution = fixture.execute();
  CHECK(fixture.runner.started() == Lines{"a/run"});
  CHECK(contains(fixture.journal.said(), "report b not_started"));
  CHECK(execution.outcomes.at(fixture.at("b")) == OutcomeKind::not_started);
}

TEST_CASE("what already runs goes on when it is forbidden") {
  ExecutorFixture fixture({{"a"}});
  fixture.observer.on_started = [&](const Action& action) {
    fixture.journal.post(StartsForbidden{{action.address}, false, "jane held it"});
  };
  CHECK(fixture.execute().outcomes.at(fixture.at("a")) == OutcomeKind::succeeded);
}

TEST_CASE("a suspended environment starts nothing more and its run ends") {
  ExecutorFixture fixture({{.address = "a"},
                           {.address = "b", .idempotent = true},
                           {.address = "c", .idempotent = true}});
  fixture.observer.on_started = [&](const Action&) {
    fixture.journal.post(StartsForbidden{{}, true, "jane suspended dev"});
  };
  const Execution execution = fixture.execute();
  CHECK(fixture.runner.started() == Lines{"a/run"});
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::succeeded);
  CHECK(fixture.runner.stops().empty());
}

TEST_CASE("when the record is lost nothing starts, running steps may end, and are reported") {
  ExecutorFixture fixture({{.address = "a", .idempotent = true},
                           {.address = "b", .idempotent = true},
                           {.address = "c", .depends_on = {"a"}}});
  fixture.observer.on_started = [&](const Action&) {
    fixture.journal.post(RecordLost{"no space left"});
  };
  const Execution execution = fixture.execute();
  CHECK(execution.record_lost == "no space left");
  CHECK(fixture.runner.started() == Lines{"a/run"});
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::succeeded);
  CHECK(fixture.journal.has_report_of("a"));
  CHECK(fixture.runner.stops().empty());
}

TEST_CASE("a run whose evidence is lost while nothing runs ends") {
  ExecutorFixture fixture({{"a"}, {"b", {"a"}}});
  fixture.journal.on_report = [&](const AttemptReport& report) {
    fixture.journal.post(RecordLost{"no space left"});
    fixture.journal.post(EndQueued{report.address, report.outcome});
  };
  const Execution execution = fixture.execute();
  CHECK(execution.record_lost);
  CHECK(fixture.runner.started() == Lines{"a/run"});
}

TEST_CASE("a fenced run kills its steps at once and reports nothing more") {
  ExecutorFixture fixture({{"a"}, {"b"}});
  fixture.runner.hold("a/run");
  fixture.observer.on_started = [&](const Action&) {
    fixture.journal.post(Fenced{"this run was set aside by jane"});
  };
  const Execution execution = fixture.execute();
  CHECK(execution.fenced == "this run was set aside by jane");
  CHECK(fixture.runner.stops() == std::vector{StopHow::at_once});
  CHECK(fixture.journal.said() == Lines{"announce a"});
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::interrupted);
}

TEST_CASE("a lost runner interrupts what ran and ends the run") {
  ExecutorFixture fixture({{.address = "a", .idempotent = true},
                           {.address = "b", .idempotent = true},
                           {.address = "c", .idempotent = true}});
  fixture.runner.hold("a/run");
  fixture.observer.on_started = [&](const Action&) { fixture.runner.lose(); };
  const Execution execution = fixture.execute();
  CHECK(execution.runner_lost);
  CHECK(fixture.runner.started() == Lines{"a/run"});
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::interrupted);
  if (contains(fixture.journal.said(), "announce b"))
    CHECK(contains(fixture.journal.said(), "report b not_started"));
}

TEST_CASE("a runner that is lost while nothing runs is noticed, and starts are not tried") {
  ExecutorFixture fixture({{"a"}});
  fixture.journal.on_announce = [&](const Action&) { fixture.runner.lose(); };
  const Execution execution = fixture.execute();
  CHECK(execution.runner_lost);
  CHECK(fixture.runner.started().empty());
  CHECK(contains(fixture.journal.said(), "report a not_started"));
}

TEST_CASE("an attempt whose runner is lost as its first step ends is interrupted between two") {
  ExecutorFixture fixture(
      {{.address = "a", .files = {{"steps/pre_check.sh", ""}, {"steps/run.sh", ""}}}});
  fixture.runner.on_start = [&](const std::string&) { fixture.runner.lose(); };
  const Execution execution = fixture.execute();
  CHECK(fixture.runner.started() == Lines{"a/pre_check"});
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::interrupted);
}

}  // namespace
}  // namespace cemli
