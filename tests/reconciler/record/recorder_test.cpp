#include "reconciler/record/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "reconciler/execute/running_attempt.h"
#include "state/object_names.h"
#include "state/replay.h"
#include "tests/reconciler/record/run_log.h"
#include "tests/support/fake_step_runner.h"
#include "tests/support/faulty_store.h"
#include "tests/support/hooked_store.h"
#include "tests/support/sample_run.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::address_of;
using test::FaultyStore;
using test::HookedStore;
using test::kRun;
using test::MemoryStore;
using test::SampleAction;

/// A run of some packages from its first entry on, in stores that tests may disturb.
struct Fixture {
  explicit Fixture(const std::vector<SampleAction>& actions,
                   std::chrono::milliseconds length = 10min)
      : run(actions), lease(length), desired{"dev", run.plan.commit, {}, run.plan.policy} {
    for (const Action& action : run.plan.actions) {
      if (action.desired) desired.packages.emplace(action.address, *action.desired);
    }
  }

  RetryBudget retries{1};
  Result<void> begin() {
    auto made =
        make_recorder(test::begin_run(state_hook, lease),
                      {state_hook, results_faults, cache, spool_root, retries}, desired, run.plan,
                      {"dev",
                       kRun,
                       run.plan.commit,
                       run.plan.digest(),
                       "pipeline",
                       "runner-7",
                       "0.1.0",
                       {},
                       "file:/packages",
                       {},
                       {},
                       {},
                       test::sample_policy(),
                       test::kSampleSigners});
    if (!made) return std::move(made).error();
    recorder = *std::move(made);
    return {};
  }
  template <typename News>
  News await() {
    return test::await_news<News>(recorder->news_fd(), [this] { return recorder->take_news(); });
  }
  /// Begins, executes with steps that end as the runner was told, and finishes.
  Result<RunRecord> carry_out(std::size_t jobs = 2) {
    REQUIRE(begin());
    const TemporaryFolder folder = test::temporary_folder();
    StopSignals signals;
    execution = execute(run.plan, test::sample_facts(), run.fetcher(),
                        {runner, *recorder, observer, signals},
                        {jobs, ExecutorOptions::AfterFailure::go_on, folder.path()});
    return recorder->finish(execution);
  }
  /// Why the run's end could not be recorded.
  Error spooled_error(const Execution& with) {
    const auto record = recorder->finish(with);
    REQUIRE_FALSE(record);
    return record.error();
  }
  [[nodiscard]] std::filesystem::path spool_folder() {
    const auto found = find_spools(spool_root, *test::state_of(state).log);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    return found->front();
  }
  Spool spool() {
    auto read = read_spool(spool_folder());
    if (!read) FAIL(read.error().message());
    return *std::move(read);
  }
  void replay() {
    auto reading = read_log(state, "dev", cache);
    REQUIRE(reading);
    const auto replayed =
        replay_spool(spool_folder(), state, results, *reading, test::operator_jane());
    if (!replayed) FAIL(replayed.error().message());
  }
  [[nodiscard]] AttemptReport report(const std::string& address, Outcome outcome) const {
    return report_without_programs(run.action(address), std::move(outcome));
  }

  test::SampleRun run;
  std::chrono::milliseconds lease;
  DesiredState desired;
  MemoryStore state;
  FaultyStore state_faults{state};
  HookedStore state_hook{state_faults};
  MemoryStore results;
  FaultyStore results_faults{results};
  RecordedCache cache{std::nullopt};
  TemporaryFolder spools = test::temporary_folder();
  std::filesystem::path spool_root = spools.path();
  test::FakeStepRunner runner;
  test::NotingObserver observer;
  Execution execution;
  std::unique_ptr<Recorder> recorder;
};

RunResult result_of(Fixture& fixture) {
  auto result = decode_run_result(fixture.results.objects.at(run_result_key("dev", kRun)));
  if (!result) FAIL(result.error().message());
  return *std::move(result);
}

std::size_t checkpoints_in(const MemoryStore& store) {
  return static_cast<std::size_t>(std::count_if(
      store.objects.begin(), store.objects.end(),
      [](const auto& object) { return object.first.starts_with(checkpoint_prefix("dev")); }));
}

TEST_CASE("a run is recorded from its plan to its end") {
  Fixture fixture({{"a"}, {"b", {"a"}}});
  bool result_came_first = false;
  fixture.state_hook.before_create = [&](const std::string&) {
    result_came_first = fixture.results.objects.contains(run_result_key("dev", kRun));
  };
  const auto record = fixture.carry_out();
  REQUIRE(record);
  CHECK(record->outcome == "succeeded");
  CHECK(record->converged);
  CHECK(record->counts.succeeded == 2);
  CHECK(result_came_first);

  CHECK(fixture.results.objects.contains(plan_key("dev", kRun)));
  const RunResult result = result_of(fixture);
  CHECK(result.packages.size() == 2);
  CHECK(result.plan_object.digest == Digest::of(fixture.results.objects.at(plan_key("dev", kRun))));
  const RecordedState state = test::state_of(fixture.state);
  CHECK_FALSE(state.active_run);
  REQUIRE(state.last_run);
  CHECK(state.last_run->result->digest ==
        Digest::of(fixture.results.objects.at(run_result_key("dev", kRun))));
  CHECK(state.converged);
  for (const char* address : {"a", "b"}) {
    const AddressRecord& entry = state.addresses.at(address_of(address));
    CHECK(entry.status == Status::succeeded);
    const ObjectReference& evidence = *entry.last_success->evidence;
    CHECK(evidence.digest == Digest::of(fixture.results.objects.at(evidence.key)));
  }
  CHECK(record->recorded == state);
}

TEST_CASE("a failure is counted, its dependents are blocked, and the run has not converged") {
  Fixture fixture({{"a"}, {"b", {"a"}}, {"c", {"b"}}, {"d"}});
  fixture.runner.end_next("a/run", {StepEnd::By::itself, 3});
  const auto record = fixture.carry_out();
  REQUIRE(record);
  CHECK(record->outcome == "failed");
  CHECK_FALSE(record->converged);
  CHECK(record->counts == RunCounts{.succeeded = 1, .failed = 1, .blocked = 2});
  CHECK(test::state_of(fixture.state).addresses.at(address_of("a")).status == Status::failed);
}

TEST_CASE("the first checkpoint is written at the end of the first run, and read by the next") {
  Fixture fixture({{"a"}});
  REQUIRE(fixture.carry_out());
  CHECK(checkpoints_in(fixture.state) == 1);
  Fixture next({{"a"}});
  next.state.objects = fixture.state.objects;
  next.run.plan.actions.clear();
  REQUIRE(next.carry_out());
  // A small run after it does not weigh more than the checkpoint does.
  CHECK(checkpoints_in(next.state) == 1);
}

TEST_CASE("without results a run ends before it runs anything") {
  Fixture fixture({{"a"}});
  fixture.results_faults.refuse_creates(1, ErrorCode::denied);
  const auto begun = fixture.begin();
  REQUIRE_FALSE(begun);
  CHECK(begun.error().code() == ErrorCode::denied);
  CHECK_THAT(begun.error().message(), Catch::StartsWith("writing the plan as evidence: "));
  CHECK_FALSE(test::state_of(fixture.state).active_run);
}

TEST_CASE("addresses that the plan forgets leave the record") {
  Fixture fixture({{"a"}});
  const auto forgotten = [&] {
    Lease lease = test::begin_run(fixture.state, 10min);
    static_cast<void>(lease.append({test::started("old", 1)}));
    static_cast<void>(lease.append({test::finished("old", 1, OutcomeKind::error)}));
    static_cast<void>(lease.append({test::run_finished(kRun)}));
  };
  forgotten();
  REQUIRE(test::state_of(fixture.state).addresses.at(address_of("old")).last_attempt);
  fixture.run.plan.actions.push_back(Action{address_of("old"), ActionKind::forget});
  REQUIRE(fixture.carry_out());
  CHECK_FALSE(test::state_of(fixture.state).addresses.at(address_of("old")).last_attempt);
}

TEST_CASE("evidence that cannot be kept makes a success a failure before dependents start") {
  Fixture fixture({{"a"}});
  REQUIRE(fixture.begin());
  const TemporaryFolder folder = test::temporary_folder();
  const auto outcome = GENERATE(as<Outcome>(), Succeeded{}, Interrupted{"run: stopped"});
  AttemptReport report = fixture.report("a", outcome);
  report.folder = test::temporary_folder();
  report.artifacts = report.folder->path() / "artifacts";
  std::filesystem::create_directory(report.artifacts);
  std::filesystem::create_symlink("/etc/passwd", report.artifacts / "link");
  fixture.recorder->announce(fixture.run.action("a"));
  fixture.recorder->report(std::move(report));
  const EndQueued end = fixture.await<EndQueued>();
  if (std::holds_alternative<Succeeded>(outcome)) {
    CHECK(end.outcome == Outcome(Failed{"evidence: artifact 'link' is not a regular file"}));
  } else {
    // Nobody knows how it ended, whatever it left.
    CHECK(end.outcome == outcome);
  }
  const auto record = fixture.recorder->finish({});
  REQUIRE(record);
  CHECK(record->outcome == "failed");
  CHECK(word_of(test::state_of(fixture.state).addresses.at(address_of("a")).status) ==
        word_of(kind_of(end.outcome)));
}

TEST_CASE("evidence is tried again while the results are away") {
  Fixture fixture({{"a"}});
  REQUIRE(fixture.begin());
  fixture.results_faults.refuse_creates(3);
  fixture.recorder->announce(fixture.run.action("a"));
  fixture.recorder->report(fixture.report("a", PreparationFailed{"no space left"}));
  CHECK(fixture.await<EndQueued>().address == address_of("a"));
  fixture.results_faults.refuse_creates(3);
  CHECK(fixture.recorder->finish({}));
}

TEST_CASE("when results stay away no end is claimed, and what ran is spooled with its evidence") {
  Fixture fixture({{"a"}}, 3s);
  REQUIRE(fixture.begin());
  fixture.results_faults.refuse_creates(1'000'000);
  fixture.recorder->announce(fixture.run.action("a"));
  fixture.recorder->report(fixture.report("a", PreparationFailed{"no space left"}));
  Execution execution;
  execution.record_lost = fixture.await<RecordLost>().why;
  CHECK(fixture.await<EndQueued>().address == address_of("a"));
  CHECK(fixture.spooled_error(execution).code() == ErrorCode::spooled);
  CHECK(test::state_of(fixture.state).addresses.at(address_of("a")).status == Status::running);
  const Spool spool = fixture.spool();
  CHECK_FALSE(spool.unknown);
  CHECK(spool.objects.size() == 2);
  fixture.replay();
  const RecordedState state = test::state_of(fixture.state);
  CHECK(state.addresses.at(address_of("a")).status == Status::error);
  CHECK_FALSE(state.active_run);
  CHECK(result_of(fixture).packages.at(0).status == "error");
}

TEST_CASE("when the log stays away what ran is spooled, and its evidence is where it belongs") {
  Fixture fixture({{"a"}, {"b", {"a"}}});
  REQUIRE(fixture.begin());
  fixture.recorder->announce(fixture.run.action("a"));
  fixture.await<StartDurable>();
  fixture.state_faults.refuse_creates(1, ErrorCode::denied);
  fixture.recorder->report(fixture.report("a", PreparationFailed{"no space left"}));
  CHECK(fixture.spooled_error({}).code() == ErrorCode::spooled);
  CHECK(test::state_of(fixture.state).active_run);
  const Spool spool = fixture.spool();
  CHECK(spool.unknown);
  CHECK(spool.objects.size() == 1);
  fixture.replay();
  CHECK(test::state_of(fixture.state).addresses.at(address_of("a")).status == Status::error);
  CHECK_FALSE(test::state_of(fixture.state).active_run);
}

TEST_CASE("a run whose last word cannot be written is spooled, and replays as converged") {
  Fixture fixture({{"a"}});
  bool is_lost = false;
  fixture.state_hook.before_create = [&](const std::string&) {
    if (!fixture.results.objects.contains(run_result_key("dev", kRun))) return;
    if (!std::exchange(is_lost, true)) fixture.state_faults.refuse_creates(1, ErrorCode::denied);
  };
  const auto record = fixture.carry_out();
  REQUIRE_FALSE(record);
  CHECK(record.error().code() == ErrorCode::spooled);
  fixture.replay();
  CHECK(test::state_of(fixture.state).converged);
}

TEST_CASE("where there is no place for a spool either, what ran is left to be found interrupted") {
  Fixture fixture({{"a"}});
  fixture.spool_root = fixture.spools.path() / "file";
  REQUIRE(create_file(fixture.spool_root, "", Durability::relaxed));
  REQUIRE(fixture.begin());
  fixture.recorder->announce(fixture.run.action("a"));
  fixture.await<StartDurable>();
  fixture.state_faults.refuse_creates(1, ErrorCode::denied);
  fixture.recorder->report(fixture.report("a", PreparationFailed{"no space left"}));
  const Error error = fixture.spooled_error({});
  CHECK(error.code() == ErrorCode::denied);
  CHECK_THAT(error.message(), Catch::Contains("counts as interrupted"));
  CHECK(test::state_of(fixture.state).active_run);
}

TEST_CASE("a fenced run says so and adds nothing") {
  Fixture fixture({{"a"}});
  REQUIRE(fixture.begin());
  test::say(fixture.state, {RunAbandoned{kRun, "its machine burnt down"}});
  fixture.recorder->announce(fixture.run.action("a"));
  fixture.recorder->report(fixture.report("a", PreparationFailed{"no space left"}));
  Execution execution;
  execution.fenced = fixture.await<Fenced>().why;
  const auto record = fixture.recorder->finish(execution);
  REQUIRE_FALSE(record);
  CHECK(record.error().code() == ErrorCode::locked);
  CHECK(test::entries_of(fixture.state).size() == 2);
  // Evidence of an attempt that the log does not know would be of nothing: plan and rules alone.
  CHECK(fixture.results.objects.size() == 3);
}

TEST_CASE("a taint that comes before the run's last word keeps it from being converged") {
  Fixture fixture({{"a"}});
  bool said = false;
  const Address a = address_of("a");
  fixture.state_hook.before_create = [&](const std::string&) {
    if (!fixture.results.objects.contains(run_result_key("dev", kRun))) return;
    if (!std::exchange(said, true))
      test::say(fixture.state, {PackageTainted{a, "restored from a backup"}});
  };
  const auto record = fixture.carry_out();
  REQUIRE(record);
  CHECK(said);
  CHECK_FALSE(record->converged);
  CHECK_FALSE(test::state_of(fixture.state).converged);
}

TEST_CASE("whatever operators say in between, the log stays whole and the run ends") {
  std::vector<SampleAction> actions;
  constexpr int kMany = 60;
  for (int i = 0; i < kMany; ++i) {
    SampleAction action{.address = fmt::format("p{}", i), .idempotent = i % 2 == 0};
    if (i >= 10 && i % 3 == 0) action.depends_on = {fmt::format("p{}", i - 10)};
    actions.push_back(std::move(action));
  }
  Fixture fixture(actions);
  const bool is_suspended = GENERATE(false, true);
  int creates = 0;
  fixture.state_hook.before_create = [&](const std::string& key) {
    if (!key.starts_with(log_prefix("dev"))) return;
    // Just before the run's own entry, so that this one is overtaken.
    if (++creates > 3 && creates % 3 == 0) {
      const Address address = Address::parse(fmt::format("p{}", creates % kMany)).value();
      test::say(fixture.state, {PackageHeld{address, Digest::of("x"), "not now"}});
    }
    if (is_suspended && creates == 20)
      test::say(fixture.state, {EnvironmentSuspended{"quarter end"}});
  };
  const auto record = fixture.carry_out(4);
  if (!record) FAIL(record.error().message());
  const RecordedState state = test::state_of(fixture.state);
  CHECK_FALSE(state.active_run);
  for (const auto& [address, entry] : state.addresses) {
    INFO(address.text());
    CHECK(entry.status != Status::interrupted);
    CHECK(entry.status != Status::running);
  }
  for (const std::string& step : fixture.runner.started()) {
    const Address address = address_of(step.substr(0, step.find('/')));
    CHECK(state.addresses.at(address).status == Status::succeeded);
  }
  CHECK(record->counts.succeeded == fixture.runner.started().size());
}

TEST_CASE("a recorder that is dropped without its end ends its threads") {
  Fixture fixture({{"a"}});
  REQUIRE(fixture.begin());
  fixture.recorder->announce(fixture.run.action("a"));
  fixture.recorder.reset();
  CHECK(test::state_of(fixture.state).active_run);
}

TEST_CASE("an environment is converged when each desired address succeeded as it is desired") {
  Fixture fixture({{"a"}, {"b"}});
  const auto record = fixture.carry_out();
  REQUIRE(record);
  RecordedState recorded = record->recorded;
  CHECK(is_converged(fixture.desired, recorded));
  SECTION("tainted") {
    recorded.addresses.at(address_of("a")).status = Status::tainted;
  }
  SECTION("missing") {
    recorded.addresses.erase(address_of("b"));
  }
  SECTION("another identity") {
    fixture.desired.packages.at(address_of("b")).identity.parameters["limit"] = std::int64_t{1};
  }
  CHECK_FALSE(is_converged(fixture.desired, recorded));
}

}  // namespace
}  // namespace cemli
