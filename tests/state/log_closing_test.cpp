#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "state/audit.h"
#include "state/base/file.h"
#include "state/checkpoint.h"
#include "state/lease.h"
#include "state/log.h"
#include "state/object_names.h"
#include "state/operator_words.h"
#include "state/replay.h"
#include "state/spool.h"
#include "state/store/directory_store.h"
#include "tests/support/hooked_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

// A log that has ended, and goes on elsewhere.
namespace cemli {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using test::address_of;
using test::after_attempt;
using test::History;
using test::HookedStore;
using test::kActive;
using test::MemoryStore;
using test::moment;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::with_active_run;
using test::written_by;

const RecordedCache kUncached(std::nullopt);
const std::string kElsewhere = "s3://acme/dev-state";
const LogClosed kClosing{kElsewhere, "to the cloud"};
const LogOpened kOpening{"memory:test", kElsewhere, "to the cloud"};

History closed_history() {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(operator_jane(), {kClosing});
  return history;
}

LogReading read_all(Store& store) {
  auto reading = read_log(store, "dev", kUncached);
  if (!reading) FAIL(reading.error().message());
  return *std::move(reading);
}

Result<void> say(Store& store, std::vector<Event> events) {
  LogReading reading = read_all(store);
  return append_decision(
      store, reading, operator_jane(),
      [&](const RecordedState&) -> Result<std::vector<Event>> { return events; });
}

/// A log of two entries, of which the last closes it.
void write_closed_log(Store& store) {
  REQUIRE(say(store, {EnvironmentSuspended{"quarter end"}}));
  REQUIRE(say(store, {kClosing}));
}

/// The last entry of the log.
Entry last_entry(Store& store) {
  const std::uint64_t seq = read_all(store).state.seq();
  return decode_entry(store.get(log_key("dev", seq)).value().value()).value();
}

void ignore(const std::string& /*note*/) {}

}  // namespace

TEST_CASE("a closed log says who closed it, and where it goes on") {
  const History history = closed_history();
  REQUIRE(history.state().closed);
  CHECK(*history.state().closed ==
        Closing{kElsewhere, {"jane@desk", "to the cloud", moment(5 * 60)}});
  CHECK(history.record("a").status == Status::succeeded);
}

TEST_CASE("nothing but its opening follows the closing of a log") {
  History history = closed_history();
  for (const Event& event : {Event(EnvironmentResumed{"x"}), Event(kClosing),
                             Event(PackageTainted{address_of("a"), "x"})}) {
    CHECK_THAT(history.refusal(operator_jane(), {event}),
               Contains("the log was closed before it, and goes on in 's3://acme/dev-state'"));
  }
  CHECK_THAT(history.refusal(written_by("r9"), {run_started("r9")}), Contains("closed before it"));
  history.add(operator_jane(), {kOpening});
  CHECK_FALSE(history.state().closed);
  history.add(written_by("r9"), {run_started("r9")});
}

TEST_CASE("nothing follows the closing in its own entry either") {
  const History history = after_attempt(OutcomeKind::succeeded);
  CHECK_THAT(history.refusal(operator_jane(), {kClosing, EnvironmentSuspended{"x"}}),
             Contains("closed before it"));
}

TEST_CASE("a log that is open is not opened") {
  CHECK_THAT(after_attempt(OutcomeKind::succeeded).refusal(operator_jane(), {kOpening}),
             Contains("not closed"));
}

TEST_CASE("a log is closed between runs, or with the end of one that is gone") {
  History history = with_active_run();
  CHECK_THAT(history.refusal(operator_jane(), {kClosing}), Contains("while run run-1 is active"));
  history.add(operator_jane(), {RunAbandoned{kActive, "its processes are gone"}, kClosing});
  CHECK(history.state().closed);
}

TEST_CASE("a checkpoint of a closed log says so") {
  const History history = closed_history();
  const auto decoded = decode_checkpoint(encode_checkpoint(history.state()));
  REQUIRE(decoded);
  CHECK(*decoded == history.state());
}

TEST_CASE("there is nothing to close where nothing was recorded") {
  RecordedState empty;
  empty.environment = "dev";
  CHECK(close_words(empty, kElsewhere, "x").error().code() == ErrorCode::not_found);
  CHECK(close_words(after_attempt(OutcomeKind::succeeded).state(), kElsewhere, "to the cloud")
            .value() == std::vector<Event>{kClosing});
}

TEST_CASE("an operator's word on a closed log is refused without being asked for") {
  MemoryStore store;
  write_closed_log(store);
  const auto before = store.objects;
  LogReading reading = read_all(store);
  const auto refused = append_decision(store, reading, operator_jane(),
                                       [](const RecordedState&) -> Result<std::vector<Event>> {
                                         FAIL("asked");
                                         return std::vector<Event>{};
                                       });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::conflict);
  CHECK_THAT(refused.error().message(), Contains("goes on in 's3://acme/dev-state'"));
  CHECK(store.objects == before);
}

TEST_CASE("no run starts on a closed log, whenever it was closed") {
  MemoryStore memory;
  REQUIRE(say(memory, {EnvironmentSuspended{"quarter end"}}));
  HookedStore store(memory);
  SECTION("before the run reads") {
    REQUIRE(say(memory, {kClosing}));
    const auto start =
        start_run(store, read_all(store), run_started("r1"), written_by("r1"), ignore);
    REQUIRE_FALSE(start);
    CHECK(start.error().code() == ErrorCode::conflict);
  }
  SECTION("between its reading and its first entry") {
    bool is_first = true;
    store.before_create = [&](const std::string&) {
      if (std::exchange(is_first, false)) REQUIRE(say(memory, {kClosing}));
    };
    const auto start =
        start_run(store, read_all(store), run_started("r1"), written_by("r1"), ignore);
    REQUIRE(start);
    CHECK(std::holds_alternative<BasisMoved>(*start));
  }
  CHECK(last_entry(memory).events == std::vector<Event>{kClosing});
}

TEST_CASE("a run that was set aside as the log was closed appends nothing more") {
  MemoryStore memory;
  auto start = start_run(memory, LogReading{read_all(memory).state, {}, {}}, run_started("r1"),
                         written_by("r1"), ignore);
  REQUIRE(start);
  auto& lease = std::get<Lease>(*start);
  REQUIRE(say(memory, {RunAbandoned{"r1", "gone"}, kClosing}));
  const auto appended = lease.append({Heartbeat{}});
  REQUIRE_FALSE(appended);
  CHECK(appended.error().code() == ErrorCode::locked);
  CHECK(last_entry(memory).events.back() == Event(kClosing));
}

TEST_CASE("a word that was about to be said as the log was closed is refused") {
  MemoryStore memory;
  REQUIRE(say(memory, {EnvironmentSuspended{"quarter end"}}));
  HookedStore store(memory);
  bool is_first = true;
  store.before_create = [&](const std::string&) {
    if (std::exchange(is_first, false)) REQUIRE(say(memory, {kClosing}));
  };
  const auto refused = say(store, {EnvironmentResumed{"books closed"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::conflict);
  CHECK(last_entry(memory).events == std::vector<Event>{kClosing});
}

TEST_CASE("a spool waits where the log is closed, and is recorded where it goes on") {
  MemoryStore state;
  MemoryStore results;
  auto start = start_run(state, read_all(state), run_started("r1"), written_by("r1"), ignore);
  REQUIRE(start);
  REQUIRE(std::get<Lease>(*start).append({test::started("a", 1)}));
  const RecordedState known = read_all(state).state;
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-closing-");
  REQUIRE(folder);
  const Spool spool{
      "dev",        *known.log,
      "r1",         *known.head,
      std::nullopt, {test::finished("a", 1, OutcomeKind::succeeded), run_finished("r1")},
      {},           "the store was lost"};
  auto writer = SpoolWriter::make(folder->path(), *known.log, "r1");
  REQUIRE(writer);
  const auto waiting = writer->publish(spool);
  REQUIRE(waiting);
  REQUIRE(say(state, {RunAbandoned{"r1", "gone"}, kClosing}));
  LogReading reading = read_all(state);
  const auto refused = replay_spool(*waiting, state, results, reading, operator_jane());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::conflict);
  CHECK(fs::exists(*waiting));
  REQUIRE(append_opening(state, reading, operator_jane(), kOpening));
  REQUIRE(replay_spool(*waiting, state, results, reading, operator_jane()));
  CHECK_FALSE(fs::exists(*waiting));
  CHECK(read_all(state).state.addresses.at(address_of("a")).status == Status::succeeded);
}

TEST_CASE("a closed log is opened once, whoever else opens it") {
  MemoryStore memory;
  write_closed_log(memory);
  HookedStore store(memory);
  bool is_first = true;
  store.before_create = [&](const std::string&) {
    if (!std::exchange(is_first, false)) return;
    LogReading theirs = read_all(memory);
    REQUIRE(append_opening(memory, theirs, operator_jane(), kOpening));
  };
  LogReading reading = read_all(store);
  const auto opened = append_opening(store, reading, operator_jane(), kOpening);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ErrorCode::stale);
  CHECK(read_all(memory).state.seq() == 3);
}

TEST_CASE("of many who append beside a closing, none comes after it") {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-closing-");
  REQUIRE(folder);
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const auto store = make_directory_store(folder->path() / std::to_string(round));
    REQUIRE(say(*store, {EnvironmentSuspended{"first"}}));
    std::atomic<int> appended{0};
    std::atomic<int> refused{0};
    std::atomic<int> wrong{0};
    const auto appender = [&](int number) {
      for (int i = 0;; ++i) {
        Result<void> done;
        if (number % 2 == 0) {
          done = say(*store, {EnvironmentSuspended{std::to_string(i)}});
        } else {
          const RunId run = "r" + std::to_string(number) + "-" + std::to_string(i);
          auto start =
              start_run(*store, read_all(*store), run_started(run), written_by(run), ignore);
          if (!start) {
            if (start.error().code() == ErrorCode::locked) continue;
            done = std::move(start).error();
          } else if (auto* lease = std::get_if<Lease>(&*start)) {
            for (bool is_over = false; !is_over;) {
              const auto ended = lease->append({run_finished(run)});
              if (!ended) ++wrong;
              is_over = !ended || std::holds_alternative<AppendDone>(*ended);
            }
          }
        }
        if (done) {
          ++appended;
          continue;
        }
        if (done.error().code() != ErrorCode::conflict) ++wrong;
        ++refused;
        return;
      }
    };
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) threads.emplace_back(appender, number);
    while (appended < 4) std::this_thread::yield();
    LogReading reading = read_all(*store);
    const auto closed = append_decision(
        *store, reading, operator_jane(),
        [&](const RecordedState& state) -> Result<std::vector<Event>> {
          std::vector<Event> events;
          if (state.active_run)
            events.emplace_back(RunAbandoned{state.active_run->started.run, "in the way"});
          events.emplace_back(kClosing);
          return events;
        });
    for (std::thread& thread : threads) thread.join();
    REQUIRE(closed);
    CHECK(refused == 4);
    // A run that was set aside by the closing is fenced, and by nothing else.
    CHECK(wrong <= 1);
    CHECK(last_entry(*store).events.back() == Event(kClosing));
    MemoryStore results;
    const auto report = audit_environment(*store, results, "dev", {});
    REQUIRE(report);
    REQUIRE(report->closed);
    CHECK(report->closed->to == kElsewhere);
    for (const Finding& finding : report->findings)
      if (finding.object.find("/log/") != std::string::npos) FAIL_CHECK(finding.what);
  }
}

}  // namespace cemli
