#include "reconciler/execute/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/reconciler/execute/executor_fixture.h"

namespace cemli {
namespace {

using test::ExecutorFixture;
using Lines = std::vector<std::string>;
using namespace std::chrono_literals;

std::ptrdiff_t position(const Lines& lines, const std::string& line) {
  const auto found = std::find(lines.begin(), lines.end(), line);
  INFO(line);
  REQUIRE(found != lines.end());
  return found - lines.begin();
}

TEST_CASE("a plan is carried out in dependency order and each attempt is reported") {
  ExecutorFixture fixture({{"a"}, {"b", {"a"}}, {"c", {"b"}}});
  fixture.runner.print("a/run", "hello");
  const Execution execution = fixture.execute();
  CHECK(fixture.runner.started() == Lines{"a/run", "b/run", "c/run"});
  CHECK(fixture.journal.said() == Lines{"announce a", "report a succeeded", "announce b",
                                        "report b succeeded", "announce c", "report c succeeded"});
  CHECK(fixture.observer.notes == Lines{"started a", "ended a succeeded", "started b",
                                        "ended b succeeded", "started c", "ended c succeeded"});
  CHECK(fixture.journal.report_of("a").steps.at(0).out.text() == "hello");
  CHECK(execution.outcomes.size() == 3);
  CHECK(execution.blocked.empty());
}

TEST_CASE("a plan without anything to run ends at once") {
  ExecutorFixture fixture({});
  CHECK(fixture.execute().outcomes.empty());
  CHECK(fixture.journal.said().empty());
}

TEST_CASE("packages start in the plan's order, whichever is ready first") {
  const bool first_is_idempotent = GENERATE(false, true);
  ExecutorFixture fixture({{"a", {}, {}, first_is_idempotent}, {"b"}, {"c", {}, {}, true}, {"d"}});
  std::atomic_flag is_b_fetched;
  fixture.fetch = [&](const DesiredPackage& desired) {
    const std::string name = desired.identity.address.name();
    if (name == "a") is_b_fetched.wait(false);
    auto zip = fixture.run.fetcher()(desired);
    if (name == "b") {
      is_b_fetched.test_and_set();
      is_b_fetched.notify_all();
    }
    return zip;
  };
  fixture.execute();
  CHECK(fixture.runner.started() == Lines{"a/run", "b/run", "c/run", "d/run"});
}

TEST_CASE("no program starts before its announcement is durable") {
  ExecutorFixture fixture({{"a"}});
  fixture.journal.on_announce = [](const Action&) {};
  int rounds = 0;
  fixture.journal.on_take = [&] {
    CHECK((rounds >= 5 || fixture.runner.started().empty()));
    const Address a = Address::parse("a").value();
    const bool is_announced = !fixture.journal.said().empty();
    if (is_announced && ++rounds == 5) fixture.journal.post(StartDurable{a});
    // Something to wake the loop up for.
    if (rounds < 5) fixture.journal.post(LeaseRenewed{fixture.journal.deadlines_in(60s)});
  };
  fixture.execute();
  CHECK(rounds >= 5);
  CHECK(fixture.runner.started() == Lines{"a/run"});
}

TEST_CASE("a dependent is announced only after the end of its dependency was queued") {
  ExecutorFixture fixture({{.address = "a", .idempotent = true},
                           {.address = "b", .depends_on = {"a"}, .idempotent = true},
                           {.address = "other", .idempotent = true}});
  fixture.runner.hold("other/run");
  fixture.journal.on_report = [&](const AttemptReport& report) {
    if (report.address.text() != "a")
      return fixture.journal.post(EndQueued{report.address, report.outcome});
    // The evidence of `a` becomes durable only once `other` ended, which must not wait for it.
    fixture.runner.release("other/run");
  };
  fixture.observer.on_ended = [&](const Action& action) {
    if (action.address.text() == "other")
      fixture.journal.post(EndQueued{Address::parse("a").value(), Succeeded{}});
  };
  fixture.execute({.jobs = 2});
  CHECK(position(fixture.observer.notes, "ended other succeeded") <
        position(fixture.observer.notes, "started b"));
  CHECK(position(fixture.journal.said(), "announce b") >
        position(fixture.journal.said(), "report other succeeded"));
}

TEST_CASE("so many steps run at once as asked for, and no more") {
  const auto jobs = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{3});
  std::vector<test::SampleAction> actions;
  for (int i = 0; i < 12; ++i)
    actions.push_back({.address = fmt::format("p{}", i), .idempotent = i % 2 == 0});
  ExecutorFixture fixture(actions);
  for (int i = 0; i < 12; ++i) fixture.runner.hold(fmt::format("p{}/run", i));
  fixture.runner.on_start = [&](const std::string&) {
    // One ends only when all slots are taken.
    if (fixture.runner.running() == jobs) fixture.runner.release(fixture.runner.oldest());
  };
  // The last ones have nobody behind them.
  fixture.observer.on_ended = [&](const Action&) {
    if (fixture.runner.started().size() == 12 && fixture.runner.running() > 0)
      fixture.runner.release(fixture.runner.oldest());
  };
  const Execution execution = fixture.execute({.jobs = jobs});
  CHECK(execution.outcomes.size() == 12);
  CHECK(fixture.runner.most_at_once() == jobs);
}

TEST_CASE("a package that is not idempotent is announced only when it can start at once") {
  ExecutorFixture fixture({{"a"}, {"b"}, {"c"}, {"d"}});
  fixture.journal.on_announce = [&](const Action& start) {
    const Lines& said = fixture.journal.said();
    const auto count = [&said](const std::string& word) {
      return std::count_if(said.begin(), said.end(),
                           [&](const std::string& line) { return line.starts_with(word); });
    };
    CHECK(count("announce") - count("report") <= 2);
    fixture.journal.post(StartDurable{start.address});
  };
  fixture.execute({.jobs = 2});
  CHECK(fixture.runner.started().size() == 4);
}

TEST_CASE("idempotent packages are announced ahead, at most twice the jobs") {
  std::vector<test::SampleAction> actions;
  for (int i = 0; i < 20; ++i)
    actions.push_back({.address = fmt::format("p{}", i), .idempotent = true});
  ExecutorFixture fixture(actions);
  for (int i = 0; i < 20; ++i) fixture.runner.hold(fmt::format("p{}/run", i));
  std::size_t announced = 0;
  std::size_t most_ahead = 0;
  fixture.journal.on_announce = [&](const Action& start) {
    ++announced;
    fixture.journal.post(StartDurable{start.address});
    most_ahead = std::max(most_ahead, announced - fixture.runner.started().size());
    // 2 run and 4 wait for a slot; then one may end at a time.
    if (announced >= 6) fixture.runner.release(fixture.runner.oldest());
  };
  fixture.observer.on_ended = [&](const Action&) {
    if (announced == 20 && fixture.runner.running() > 0)
      fixture.runner.release(fixture.runner.oldest());
  };
  fixture.execute({.jobs = 2});
  CHECK(fixture.runner.started().size() == 20);
  CHECK(fixture.runner.most_at_once() == 2);
  // Those with a free slot before them are not ahead of anything.
  CHECK(most_ahead <= 6);
  CHECK(most_ahead >= 4);
}

TEST_CASE("holders of one lock do not run together") {
  ExecutorFixture fixture({{.address = "a", .locks = {"ledger"}},
                           {.address = "b", .locks = {"ledger"}},
                           {.address = "c", .locks = {"ledger"}}});
  fixture.execute({.jobs = 3});
  CHECK(fixture.runner.started() == Lines{"a/run", "b/run", "c/run"});
  CHECK(fixture.runner.most_at_once() == 1);
}

TEST_CASE("a failure blocks its dependents and nothing else") {
  ExecutorFixture fixture({{"a"}, {"b", {"a"}}, {"c", {"b"}}, {"other"}});
  fixture.runner.end_next("a/run", {StepEnd::By::itself, 3});
  const Execution execution = fixture.execute();
  CHECK(fixture.runner.started() == Lines{"a/run", "other/run"});
  CHECK(execution.outcomes ==
        std::map<Address, OutcomeKind>{{fixture.at("a"), OutcomeKind::failed},
                                       {fixture.at("other"), OutcomeKind::succeeded}});
  CHECK(execution.blocked == std::map<Address, Address>{{fixture.at("b"), fixture.at("a")},
                                                        {fixture.at("c"), fixture.at("b")}});
  position(fixture.observer.notes, "blocked b by a");
  position(fixture.observer.notes, "blocked c by b");
}

TEST_CASE("after the first failure nothing starts where that was asked for") {
  ExecutorFixture fixture({{.address = "a"},
                           {.address = "b", .idempotent = true},
                           {.address = "c", .idempotent = true}});
  fixture.runner.end_next("a/run", {StepEnd::By::itself, 3});
  const Execution execution =
      fixture.execute({.jobs = 1, .after_failure = ExecutorOptions::AfterFailure::stop_starting});
  CHECK(fixture.runner.started() == Lines{"a/run"});
  // What was announced ahead is said not to have started.
  for (const char* ahead : {"b", "c"}) {
    const Lines& said = fixture.journal.said();
    const bool announced =
        std::find(said.begin(), said.end(), fmt::format("announce {}", ahead)) != said.end();
    if (announced) position(said, fmt::format("report {} not_started", ahead));
  }
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::failed);
}

TEST_CASE("a package that cannot be prepared is announced and reported as an error") {
  ExecutorFixture fixture({{"a"}, {"b", {"a"}}});
  fixture.fetch = [](const DesiredPackage&) -> Result<UniqueFd> {
    return Error(ErrorCode::not_found, "'a' 1.0.0 is not published");
  };
  const Execution execution = fixture.execute();
  CHECK(fixture.journal.said() == Lines{"announce a", "report a error"});
  CHECK(summary_of(fixture.journal.report_of("a").outcome) == "'a' 1.0.0 is not published");
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::error);
  CHECK(execution.blocked.contains(fixture.at("b")));
}

TEST_CASE("a program that is not there is an error before the first step") {
  ExecutorFixture fixture({{.address = "a",
                            .files = {},
                            .manifest = R"(,"steps":{"run":{"program":"no-such-program-here"}})"}});
  fixture.execute();
  CHECK(kind_of(fixture.journal.report_of("a").outcome) == OutcomeKind::error);
  CHECK(fixture.observer.notes == Lines{"ended a error"});
}

TEST_CASE(
    "a runner that cannot start a first step makes an error, and the run goes on to its end") {
  ExecutorFixture fixture({{"a"}, {"b"}});
  fixture.runner.refuse_starts("making a memory file for a step: no space left");
  fixture.execute();
  CHECK(fixture.journal.said() ==
        Lines{"announce a", "report a error", "announce b", "report b error"});
}

TEST_CASE("the steps of an attempt run one after the other, and a failed one ends it") {
  ExecutorFixture fixture(
      {{.address = "a",
        .files = {{"steps/pre_check.sh", ""}, {"steps/run.sh", ""}, {"steps/post_check.sh", ""}}}});
  SECTION("all succeed") {
    fixture.execute();
    CHECK(fixture.runner.started() == Lines{"a/pre_check", "a/run", "a/post_check"});
    CHECK(fixture.journal.report_of("a").steps.size() == 3);
  }
  SECTION("one fails") {
    fixture.runner.end_next("a/pre_check", {StepEnd::By::timeout, std::nullopt});
    fixture.execute();
    CHECK(fixture.runner.started() == Lines{"a/pre_check"});
    CHECK(kind_of(fixture.journal.report_of("a").outcome) == OutcomeKind::failed);
  }
}

TEST_CASE("workspaces are gone once their reports are") {
  ExecutorFixture fixture({{"a"}, {"b"}});
  fixture.journal.drops_reports = true;
  fixture.execute();
  CHECK(std::filesystem::is_empty(fixture.folder.path()));
}

TEST_CASE("a success whose evidence says otherwise blocks its dependents") {
  ExecutorFixture fixture({{"a"}, {"b", {"a"}}});
  fixture.journal.on_report = [&](const AttemptReport& report) {
    fixture.journal.post(EndQueued{report.address, Failed{"evidence: artifact 'x' is a link"}});
  };
  const Execution execution = fixture.execute();
  CHECK(fixture.runner.started() == Lines{"a/run"});
  CHECK(execution.outcomes.at(fixture.at("a")) == OutcomeKind::failed);
  CHECK(execution.blocked.contains(fixture.at("b")));
}

TEST_CASE("hundreds of packages in layers all run once") {
  std::vector<test::SampleAction> actions;
  for (int i = 0; i < 300; ++i) {
    test::SampleAction action{.address = fmt::format("p{}", i), .idempotent = i % 3 != 0};
    if (i >= 20) action.depends_on = {fmt::format("p{}", i - 20), fmt::format("p{}", i - 13)};
    if (i % 7 == 0) action.locks = {"ledger"};
    actions.push_back(std::move(action));
  }
  ExecutorFixture fixture(actions);
  const Execution execution = fixture.execute({.jobs = 8});
  CHECK(execution.outcomes.size() == 300);
  Lines started = fixture.runner.started();
  std::sort(started.begin(), started.end());
  CHECK(std::adjacent_find(started.begin(), started.end()) == started.end());
  CHECK(started.size() == 300);
}

}  // namespace
}  // namespace cemli
