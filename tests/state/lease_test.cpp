#include "state/lease.h"

#include <catch2/catch.hpp>

#include "state/base/process.h"
#include "state/object_names.h"
#include "tests/support/child_process.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::address_of;
using test::ChildProcess;
using test::FaultyStore;
using test::MemoryStore;
using test::operator_jane;
using test::run_started;
using test::started;
using test::written_by;

const RecordedCache kNoCache(std::nullopt);

void ignore(const std::string& /*note*/) {}

LogReading read(Store& store) {
  auto reading = read_log(store, "dev", kNoCache);
  if (!reading) FAIL(reading.error().message());
  return *std::move(reading);
}

Result<RunStart> start(Store& store, const RunStarted& event, LogReading reading) {
  return start_run(store, std::move(reading), event, written_by(event.run), ignore);
}

Result<RunStart> start(Store& store, const RunStarted& event) {
  return start(store, event, read(store));
}

Lease started_lease(Store& store, const RunStarted& event) {
  auto run = start(store, event);
  if (!run) FAIL(run.error().message());
  REQUIRE(std::holds_alternative<Lease>(*run));
  return std::get<Lease>(*std::move(run));
}

Error lease_refusal(Store& store, const RunStarted& event) {
  auto run = start(store, event);
  REQUIRE_FALSE(run);
  return std::move(run).error();
}

void say(Store& store, std::vector<Event> events) {
  const auto sending = send_entry(
      store, compose_entry(read(store).state, operator_jane(), test::moment(0), std::move(events)));
  REQUIRE(sending);
  REQUIRE(std::holds_alternative<Landed>(*sending));
}

Entry entry_at(MemoryStore& store, std::uint64_t seq) {
  auto entry = decode_entry(store.objects.at(log_key("dev", seq)));
  REQUIRE(entry);
  return *std::move(entry);
}

RunStarted held_by(const RunId& run, const ProcessId& process, const ProcessId& warden) {
  RunStarted event = run_started(run);
  event.holder = {boot_id(), pid_namespace(), process, warden};
  return event;
}

ProcessId ended_process() {
  ChildProcess child;
  child.end();
  return child.id();
}

bool is_done(const Result<AppendOutcome>& outcome) {
  if (!outcome) FAIL(outcome.error().message());
  return std::holds_alternative<AppendDone>(*outcome);
}

}  // namespace

TEST_CASE("a lease's times are a third, a half, two thirds and five sixths of its length") {
  const LeaseTimes times{BootTime(100s), 60s};
  CHECK(times.heartbeat() == BootTime(120s));
  CHECK(times.last_start() == BootTime(130s));
  CHECK(times.terminate() == BootTime(140s));
  CHECK(times.kill() == BootTime(150s));
}

TEST_CASE("a run starts by the entry after its basis, whose number is its fence") {
  MemoryStore store;
  say(store, {EnvironmentSuspended{"quarter end"}});
  say(store, {EnvironmentResumed{"books closed"}});
  const BootTime before = boot_now();
  const Lease lease = started_lease(store, run_started("run-1"));
  CHECK(lease.fence() == 3);
  CHECK(lease.times().length == 5min);
  CHECK(lease.times().from >= before);
  CHECK(lease.times().from <= boot_now());
  REQUIRE(lease.recorded().active_run);
  CHECK(lease.recorded().active_run->started == run_started("run-1"));
  CHECK(lease.recorded() == read(store).state);
  CHECK(entry_at(store, 3).events == std::vector<Event>{run_started("run-1")});
  CHECK(store.objects.size() == 3);
}

TEST_CASE("a run whose number is taken is told to read on, and writes nothing") {
  MemoryStore store;
  say(store, {EnvironmentSuspended{"quarter end"}});
  LogReading basis = read(store);
  say(store, {EnvironmentResumed{"books closed"}});
  const auto before = store.objects;
  const auto run = start(store, run_started("run-1"), std::move(basis));
  REQUIRE(run);
  CHECK(std::holds_alternative<BasisMoved>(*run));
  CHECK(store.objects == before);
}

TEST_CASE("a run does not start on a head that is not what was read") {
  MemoryStore store;
  say(store, {EnvironmentSuspended{"quarter end"}});
  LogReading basis = read(store);
  store.objects.at(log_key("dev", 1)).insert(1, " ");
  const auto before = store.objects;
  const auto run = start(store, run_started("run-1"), std::move(basis));
  REQUIRE_FALSE(run);
  CHECK(run.error().code() == ErrorCode::corrupt);
  CHECK(store.objects == before);
}

TEST_CASE("on a store that ignores 'only if absent' nothing runs") {
  MemoryStore memory;
  FaultyStore store(memory);
  store.ignore_condition();
  const Error error = lease_refusal(store, run_started("run-1"));
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.message() ==
        "the store memory:test accepted an object that exists already: it does not honour 'only "
        "if absent', so two runs could not be kept apart; nothing was run");
  CHECK(error.hint() == "use a store that supports If-None-Match: * on writes");
  CHECK(memory.objects.size() == 1);
}

TEST_CASE("each run checks the condition with its own first entry, and leaves no litter") {
  MemoryStore memory;
  FaultyStore store(memory);
  static_cast<void>(started_lease(store, run_started("run-1")));
  REQUIRE(store.sent().size() == 2);
  CHECK(store.sent()[0] == store.sent()[1]);
  CHECK(memory.objects.size() == 1);
}

TEST_CASE("a run starts although the answer to its first entry, or to the check, is lost") {
  MemoryStore memory;
  FaultyStore store(memory);
  SECTION("to the entry") {
    store.lose_answers(1);
  }
  SECTION("to the entry before it was written") {
    store.refuse_creates(1);
  }
  SECTION("to the check") {
    store.refuse_creates_later(1, 2);
  }
  const Lease lease = started_lease(store, run_started("run-1"));
  CHECK(lease.fence() == 1);
  CHECK(memory.objects.size() == 1);
}

TEST_CASE("a run that may not write says so at once") {
  MemoryStore memory;
  FaultyStore store(memory);
  store.refuse_creates(1, ErrorCode::denied);
  const Error error = lease_refusal(store, run_started("run-1"));
  CHECK(error.code() == ErrorCode::denied);
  CHECK(store.requests().creates == 1);
}

TEST_CASE("while a run lives on this machine another is locked out, and told by whom") {
  MemoryStore memory;
  FaultyStore store(memory);
  const ChildProcess warden;
  static_cast<void>(started_lease(store, held_by("run-1", current_process(), warden.id())));
  store.report_age(10s);
  const auto before = memory.objects;
  const Error error = lease_refusal(store, run_started("run-2"));
  CHECK(error.code() == ErrorCode::locked);
  const std::string begin = "environment 'dev' is locked by run run-1 (pipeline@runner-7, pid " +
                            std::to_string(current_process().pid) + ") since 20";
  CHECK(error.message().starts_with(begin));
  CHECK(error.message().ends_with(", last heard of in log entry 1"));
  REQUIRE(error.hint());
  CHECK(error.hint()->find("cemli state unlock -e dev") != std::string::npos);
  CHECK(memory.objects == before);
}

TEST_CASE("a run expires two seconds after its lease, by the store's clock only") {
  MemoryStore memory;
  FaultyStore store(memory);
  static_cast<void>(started_lease(store, run_started("run-1")));
  const auto decision = [&store](std::optional<std::chrono::milliseconds> age) {
    store.report_age(age);
    const auto taken = may_take_over(store, "dev", *read(store).state.active_run);
    REQUIRE(taken);
    return *taken;
  };
  CHECK_FALSE(decision(0ms).allowed);
  CHECK_FALSE(decision(5min).allowed);
  CHECK_FALSE(decision(5min + 2000ms).allowed);
  CHECK(decision(5min + 2001ms).allowed);
  CHECK(decision(5min + 2001ms).why == "its lease of 5m expired: silent for 5m 02s");
  CHECK_FALSE(decision(-10min).allowed);
  // A store that does not tell ages lets nobody conclude that time has passed.
  CHECK_FALSE(decision(std::nullopt).allowed);
  CHECK(decision(std::nullopt).why == "its lease has not expired");
}

TEST_CASE("silence is measured from the run's own last entry, not from an operator's") {
  MemoryStore memory;
  FaultyStore store(memory);
  Lease lease = started_lease(store, run_started("run-1"));
  REQUIRE(is_done(lease.append({Heartbeat{}})));
  say(store, {EnvironmentSuspended{"stop"}});
  store.report_age(6min);
  const ActiveRun active = *read(store).state.active_run;
  CHECK(active.last_seq == 2);
  memory.objects.erase(log_key("dev", 3));
  CHECK(may_take_over(store, "dev", active)->allowed);
  memory.objects.erase(log_key("dev", 2));
  const auto missing = may_take_over(store, "dev", active);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::corrupt);
}

TEST_CASE("an expired run is set aside in the same entry that starts the next one") {
  MemoryStore memory;
  FaultyStore store(memory);
  Lease first = started_lease(store, run_started("run-1"));
  REQUIRE(is_done(first.append({started("a", 1)})));
  store.report_age(6min);
  const Lease second = started_lease(store, run_started("run-2"));
  CHECK(second.fence() == 3);
  CHECK(entry_at(memory, 3).events ==
        std::vector<Event>{RunAbandoned{"run-1", "its lease of 5m expired: silent for 6m 00s"},
                           run_started("run-2")});
  CHECK(second.recorded().addresses.at(address_of("a")).status == Status::interrupted);
  CHECK(second.recorded().active_run->started.run == "run-2");

  const auto late = first.append({test::finished("a", 1, OutcomeKind::succeeded)});
  REQUIRE_FALSE(late);
  CHECK(late.error().code() == ErrorCode::locked);
  CHECK(late.error().message() == "this run was set aside by pipeline@runner-7 in log entry 3");
  CHECK(memory.objects.size() == 3);
}

TEST_CASE("a run whose processes are gone from this machine is set aside at once") {
  MemoryStore store;
  const RunStarted dead = held_by("run-1", ended_process(), ended_process());
  static_cast<void>(started_lease(store, dead));
  const Lease second = started_lease(store, run_started("run-2"));
  CHECK(entry_at(store, 2).events ==
        std::vector<Event>{RunAbandoned{"run-1", "its processes are gone"}, run_started("run-2")});
}

TEST_CASE("a run of another boot is not taken for dead") {
  MemoryStore store;
  RunStarted elsewhere = held_by("run-1", ended_process(), ended_process());
  elsewhere.holder.boot_id = "00000000-0000-0000-0000-000000000000";
  static_cast<void>(started_lease(store, elsewhere));
  CHECK(lease_refusal(store, run_started("run-2")).code() == ErrorCode::locked);
}

TEST_CASE("appends follow one another and renew the lease from when they were first sent") {
  MemoryStore memory;
  FaultyStore store(memory);
  Lease lease = started_lease(store, run_started("run-1"));
  const BootTime at_start = lease.times().from;
  REQUIRE(is_done(lease.append({started("a", 1)})));
  const BootTime first = lease.times().from;
  CHECK(first > at_start);
  REQUIRE(is_done(lease.append({test::finished("a", 1, OutcomeKind::succeeded)})));
  CHECK(lease.times().from > first);
  CHECK(lease.fence() == 1);
  CHECK(lease.recorded() == read(store).state);
  CHECK(entry_at(memory, 3).writer == written_by("run-1"));
}

TEST_CASE("an append that is tried again counts from its first sending") {
  MemoryStore memory;
  FaultyStore store(memory);
  BootTime first_failure{};
  auto run = start_run(store, read(store), run_started("run-1"), written_by("run-1"),
                       [&](const std::string&) { first_failure = boot_now(); });
  REQUIRE(run);
  REQUIRE(std::holds_alternative<Lease>(*run));
  Lease& lease = std::get<Lease>(*run);
  store.refuse_creates(2);
  REQUIRE(is_done(lease.append({Heartbeat{}})));
  CHECK(first_failure > BootTime{});
  CHECK(lease.times().from < first_failure);
  CHECK(memory.objects.size() == 2);
}

TEST_CASE("an operator's entry comes between: it is handed over, and the next append follows it") {
  MemoryStore store;
  Lease lease = started_lease(store, run_started("run-1"));
  const BootTime from = lease.times().from;
  say(store, {PackageHeld{address_of("a"), Digest::of("2.0.0"), "audit"}});
  say(store, {EnvironmentSuspended{"stop"}});
  for (const std::uint64_t seq : {2U, 3U}) {
    const auto outcome = lease.append({started("a", 1)});
    REQUIRE(outcome);
    REQUIRE(std::holds_alternative<AppendOvertaken>(*outcome));
    CHECK(std::get<AppendOvertaken>(*outcome).entries == std::vector{entry_at(store, seq)});
    CHECK(lease.recorded().seq() == seq);
  }
  CHECK(lease.recorded().suspension);
  CHECK(lease.recorded().addresses.at(address_of("a")).hold);
  // What others wrote renews nothing.
  CHECK(lease.times().from == from);
  REQUIRE(is_done(lease.append({Heartbeat{}})));
  CHECK(lease.recorded().seq() == 4);
}

TEST_CASE("a run that was unlocked is fenced at its next append") {
  MemoryStore store;
  Lease lease = started_lease(store, run_started("run-1"));
  say(store, {RunAbandoned{"run-1", "unlocked"}});
  const auto outcome = lease.append({started("a", 1)});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code() == ErrorCode::locked);
  CHECK(outcome.error().message() == "this run was set aside by jane@desk in log entry 2");
  CHECK(store.objects.size() == 2);
}

TEST_CASE("what comes between is refused where it breaks the chain") {
  MemoryStore store;
  Lease lease = started_lease(store, run_started("run-1"));
  store.objects[log_key("dev", 2)] = "{}";
  const auto outcome = lease.append({Heartbeat{}});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code() == ErrorCode::corrupt);
}

TEST_CASE("an append whose answer was lost is a success, once") {
  MemoryStore memory;
  FaultyStore store(memory);
  Lease lease = started_lease(store, run_started("run-1"));
  store.lose_answers(1);
  REQUIRE(is_done(lease.append({Heartbeat{}})));
  CHECK(memory.objects.size() == 2);
}

TEST_CASE("an append is given up at the lease's kill time, and its fate is then unknown") {
  MemoryStore memory;
  FaultyStore store(memory);
  RunStarted event = run_started("run-1");
  event.lease = 120ms;
  Lease lease = started_lease(store, event);
  store.refuse_creates(1000);
  const auto outcome = lease.append({Heartbeat{}});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code() == ErrorCode::unavailable);
  CHECK(boot_now() >= lease.times().kill());
  CHECK(memory.objects.size() == 1);
}

TEST_CASE("a run whose processes are gone has died only if its log has no end of it either") {
  MemoryStore store;
  const ProcessId gone = ended_process();
  Lease lease = started_lease(store, held_by("run-1", gone, gone));
  LogReading before_its_end = read(store);
  LogReading reading = before_its_end;
  CHECK(has_active_run_died(store, reading).value());
  // It ended in good order after the log was read, and its processes with it.
  REQUIRE(lease.append({test::run_finished("run-1")}));
  CHECK_FALSE(has_active_run_died(store, before_its_end).value());
  CHECK_FALSE(before_its_end.state.active_run);
}

}  // namespace cemli
