#include "state/recorded_state.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::address_of;
using test::after_attempt;
using test::finished;
using test::History;
using test::identity_of;
using test::kActive;
using test::moment;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::started;
using test::with_active_run;
using test::written_by;

Result<void> fold_one(RecordedState& state, const Entry& entry) {
  return fold(state, entry, Digest::of(encode_entry(entry)));
}

std::string refused(RecordedState state, const Entry& entry) {
  const auto folded = fold_one(state, entry);
  REQUIRE_FALSE(folded);
  CHECK(folded.error().code() == ErrorCode::corrupt);
  return folded.error().message();
}

}  // namespace

TEST_CASE("every status has a word that is read back") {
  CHECK(word_of(Status::not_started) == "not_started");
  CHECK(word_of(Status::running) == "running");
  CHECK(word_of(Status::succeeded) == "succeeded");
  CHECK(word_of(Status::failed) == "failed");
  CHECK(word_of(Status::error) == "error");
  CHECK(word_of(Status::interrupted) == "interrupted");
  CHECK(word_of(Status::rolled_back) == "rolled_back");
  CHECK(word_of(Status::tainted) == "tainted");
  CHECK(word_of(Status::drifted) == "drifted");
  CHECK(status_of("tainted") == Status::tainted);
  CHECK_FALSE(status_of("done"));
}

TEST_CASE("the first entry has number 1, no predecessor, and chooses the log") {
  History history;
  const Entry first = history.next(operator_jane(), {EnvironmentSuspended{"quarter end"}});
  RecordedState state = history.state();
  REQUIRE(fold_one(state, first));
  CHECK(state.log == "a1b2c3");
  CHECK(state.head == Head{1, Digest::of(encode_entry(first))});
  CHECK(state.seq() == 1);

  Entry second = first;
  second.seq = 2;
  CHECK(refused(history.state(), second) == "log entry 2: expected number 1");
  Entry continuing = first;
  continuing.prev = Digest::of("something");
  CHECK(refused(history.state(), continuing) ==
        "log entry 1: does not continue the entry before it");
}

TEST_CASE("an entry that does not continue the chain is refused") {
  const History history = with_active_run();
  const Entry good = history.next(written_by(kActive), {Heartbeat{}});
  RecordedState state = history.state();
  REQUIRE(fold_one(state, good));

  Entry entry = good;
  entry.seq = 3;
  CHECK(refused(history.state(), entry) == "log entry 3: expected number 2");
  entry = good;
  entry.seq = 1;
  CHECK(refused(history.state(), entry) == "log entry 1: expected number 2");
  entry = good;
  entry.prev = Digest::of("another entry");
  CHECK(refused(history.state(), entry) == "log entry 2: does not continue the entry before it");
  entry = good;
  entry.prev = std::nullopt;
  CHECK(refused(history.state(), entry) == "log entry 2: does not continue the entry before it");
  entry = good;
  entry.environment = "prod";
  CHECK(refused(history.state(), entry) == "log entry 2: belongs to environment 'prod'");
  entry = good;
  entry.log = "another";
  CHECK(refused(history.state(), entry) == "log entry 2: belongs to another log");
}

TEST_CASE("a run is active from its start to its finish") {
  History history = with_active_run();
  REQUIRE(history.state().active_run);
  CHECK(history.state().active_run->started == run_started(kActive));
  CHECK(history.state().active_run->started_seq == 1);
  CHECK(history.state().active_run->start == moment(60));
  CHECK(history.state().active_run->writer == written_by(kActive));
  CHECK_FALSE(history.state().last_run);

  RunFinished event = run_finished(kActive);
  event.outcome = "failed";
  event.counts = {1, 2, 3, 4, 5, 6};
  event.result = ObjectReference{"dev/runs/run-1/result.json", Digest::of("result")};
  history.add(written_by(kActive), {event});
  CHECK_FALSE(history.state().active_run);
  CHECK(history.state().last_run ==
        LastRun{kActive,
                "failed",
                {1, 2, 3, 4, 5, 6},
                moment(60),
                moment(120),
                "4c1f0a77b5d0c3a1e6f2f8f9a0b1c2d3e4f50617",
                "apply",
                "pipeline@runner-7",
                ObjectReference{"dev/runs/run-1/result.json", Digest::of("result")}});
}

TEST_CASE("the active run's entries renew its lease and an operator's do not") {
  History history = with_active_run();
  CHECK(history.state().active_run->last_seq == 1);
  history.add(written_by(kActive), {Heartbeat{}});
  CHECK(history.state().active_run->last_seq == 2);
  history.add(operator_jane(), {EnvironmentSuspended{"stop"}});
  CHECK(history.state().active_run->last_seq == 2);
  history.add(written_by(kActive), {started("a", 1)});
  CHECK(history.state().active_run->last_seq == 4);
}

TEST_CASE(
    "a second run is refused while one is active, unless the same entry sets that one aside") {
  History history = with_active_run();
  CHECK(history.refusal(written_by("run-2"), {run_started("run-2")}) ==
        "log entry 2: run run-2 starts while run run-1 is active");
  CHECK(history.refusal(written_by("run-2"), {RunAbandoned{"run-7", "?"}, run_started("run-2")}) ==
        "log entry 2: run run-7 is abandoned but not active");
  history.add(written_by("run-2"), {RunAbandoned{kActive, "silent"}, run_started("run-2")});
  REQUIRE(history.state().active_run);
  CHECK(history.state().active_run->started.run == "run-2");
  CHECK(history.state().active_run->last_seq == 2);
  REQUIRE(history.state().last_run);
  CHECK(history.state().last_run->run == kActive);
  CHECK(history.state().last_run->outcome == "abandoned");
}

TEST_CASE("a run is started by itself only, and finished by itself only") {
  const History nobody;
  CHECK(nobody.refusal(written_by("run-2"), {run_started(kActive)}) ==
        "log entry 1: a run is started by somebody else");
  CHECK(nobody.refusal(operator_jane(), {run_started(kActive)}) ==
        "log entry 1: a run is started by somebody else");
  const History history = with_active_run();
  CHECK(history.refusal(written_by("run-2"), {run_finished(kActive)}) ==
        "log entry 2: written by run-2, which is not the active run");
  CHECK(history.refusal(written_by(kActive), {run_finished("run-2")}) ==
        "log entry 2: a run finishes another run");
  CHECK(nobody.refusal(written_by(kActive), {run_finished(kActive)}) ==
        "log entry 1: written by run-1, which is not the active run");
}

TEST_CASE("what only the active run may say is refused from anybody else") {
  History history = with_active_run();
  history.add(written_by(kActive), {started("b", 1)});
  const std::string other = "log entry 3: written by run-2, which is not the active run";
  const std::string jane = "log entry 3: written by an operator, which is not the active run";
  const std::vector<Event> events{started("a", 1), finished("b", 1, OutcomeKind::succeeded),
                                  Heartbeat{}};
  for (const Event& event : events) {
    CHECK(history.refusal(written_by("run-2"), {event}) == other);
    CHECK(history.refusal(operator_jane(), {event}) == jane);
  }
  // A run that was set aside has lost its word at once.
  history.add(operator_jane(), {RunAbandoned{kActive, "machine replaced"}});
  for (const Event& event : events) {
    CHECK(history.refusal(written_by(kActive), {event}) ==
          "log entry 4: written by run-1, which is not the active run");
  }
}

TEST_CASE("an attempt is running from its start, with all that its start says") {
  History history = with_active_run();
  PackageStarted event = started("a", 1, "1.4.2");
  event.action = ActionKind::update;
  event.depends_on = {address_of("base"), address_of("l10n[FR]")};
  event.abilities = {"check", "uninstall"};
  history.add(written_by(kActive), {event});
  const AddressRecord& record = history.record("a");
  CHECK(record.status == Status::running);
  CHECK(record.attempts == 1);
  CHECK_FALSE(record.last_success);
  CHECK(record.last_attempt == Attempt{1,
                                       kActive,
                                       ActionKind::update,
                                       identity_of("a", "1.4.2"),
                                       {address_of("base"), address_of("l10n[FR]")},
                                       {"check", "uninstall"},
                                       2,
                                       moment(120),
                                       std::nullopt,
                                       "",
                                       std::nullopt});
}

TEST_CASE("attempt numbers rise by one over an address's whole history") {
  History history = with_active_run();
  CHECK(history.state().next_attempt(address_of("a")) == 1);
  CHECK(history.refusal(written_by(kActive), {started("a", 2)}) ==
        "log entry 2: attempt 2 of 'a' does not follow attempt 0");
  history.add(written_by(kActive), {started("a", 1)});
  CHECK(history.state().next_attempt(address_of("a")) == 2);
  CHECK(history.refusal(written_by(kActive), {started("a", 2)}) ==
        "log entry 3: attempt 2 of 'a' does not follow attempt 1");
  history.add(written_by(kActive), {finished("a", 1, OutcomeKind::failed)});
  CHECK(history.refusal(written_by(kActive), {started("a", 1)}) ==
        "log entry 4: attempt 1 of 'a' does not follow attempt 1");
  CHECK(history.refusal(written_by(kActive), {started("a", 3)}) ==
        "log entry 4: attempt 3 of 'a' does not follow attempt 1");
  history.add(written_by(kActive), {run_finished(kActive)});
  history.add(written_by("run-2"), {run_started("run-2")});
  history.add(written_by("run-2"), {started("a", 2)});
  CHECK(history.record("a").attempts == 2);
}

TEST_CASE("an attempt that is not running cannot finish") {
  History history = with_active_run();
  const std::string unknown = "attempt 1 of 'a' finishes but was not started";
  CHECK(history.refusal(written_by(kActive), {finished("a", 1, OutcomeKind::succeeded)}) ==
        "log entry 2: " + unknown);
  history.add(written_by(kActive), {started("a", 1)});
  CHECK(history.refusal(written_by(kActive), {finished("a", 2, OutcomeKind::succeeded)}) ==
        "log entry 3: attempt 2 of 'a' finishes but was not started");
  history.add(written_by(kActive), {finished("a", 1, OutcomeKind::succeeded)});
  CHECK(history.refusal(written_by(kActive), {finished("a", 1, OutcomeKind::failed)}) ==
        "log entry 4: " + unknown);
}

TEST_CASE("a success is remembered with its identity, evidence and duration") {
  History history = with_active_run();
  PackageStarted event = started("a", 1, "1.4.2");
  event.depends_on = {address_of("base")};
  event.abilities = {"uninstall"};
  history.add(written_by(kActive), {event});
  history.add(written_by(kActive), {finished("a", 1, OutcomeKind::succeeded)});
  const AddressRecord& record = history.record("a");
  CHECK(record.status == Status::succeeded);
  CHECK(record.last_success ==
        Success{identity_of("a", "1.4.2"),
                kActive,
                1,
                moment(3),
                2s,
                ObjectReference{"dev/runs/r/a/1/result.json", Digest::of("evidence")},
                {address_of("base")},
                {"uninstall"}});
  REQUIRE(record.last_attempt);
  CHECK(record.last_attempt->started == moment(1));
  CHECK(record.last_attempt->ended == moment(3));
}

TEST_CASE("every other outcome is the status, and the last success stays what it was") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(written_by("run-2"), {run_started("run-2")});
  std::uint64_t attempt = 1;
  for (const auto& [outcome, status] : {std::pair(OutcomeKind::failed, Status::failed),
                                        std::pair(OutcomeKind::error, Status::error),
                                        std::pair(OutcomeKind::interrupted, Status::interrupted),
                                        std::pair(OutcomeKind::rolled_back, Status::rolled_back)}) {
    history.add(written_by("run-2"), {started("a", ++attempt, "2.0.0")});
    PackageFinished event = finished("a", attempt, outcome);
    event.summary = "run: exit code 3";
    history.add(written_by("run-2"), {event});
    const AddressRecord& record = history.record("a");
    CHECK(record.status == status);
    CHECK(record.last_attempt->number == attempt);
    CHECK(record.last_attempt->summary == "run: exit code 3");
    CHECK(record.last_attempt->identity.version == "2.0.0");
    CHECK(record.last_success->identity.version == "1.0.0");
    CHECK(record.last_success->attempt == 1);
  }
}

TEST_CASE("who only looks sees an active run that is gone as set aside") {
  History history = with_active_run();
  history.add(written_by(kActive), {started("a", 1)});
  RecordedState seen = history.state();
  set_active_run_aside(seen, moment(900));
  history.add(operator_jane(), {RunAbandoned{kActive, "unlocked"}});
  CHECK_FALSE(seen.active_run);
  CHECK(seen.addresses == history.state().addresses);
  CHECK(seen.addresses.at(address_of("a")).status == Status::interrupted);
  REQUIRE(seen.last_run);
  CHECK(seen.last_run->outcome == "abandoned");
  CHECK(seen.last_run->end == moment(900));
}

TEST_CASE("an attempt that was never started falls back to the one before and keeps its number") {
  History history = after_attempt(OutcomeKind::failed);
  const AddressRecord before = history.record("a");
  history.add(written_by("run-2"), {run_started("run-2")});
  history.add(written_by("run-2"), {started("a", 2, "2.0.0"), started("b", 1)});
  CHECK(history.record("a").status == Status::running);
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::not_started),
                                    finished("b", 1, OutcomeKind::not_started)});
  AddressRecord expected = before;
  expected.attempts = 2;
  CHECK(history.record("a") == expected);
  CHECK(history.record("b").status == Status::not_started);
  CHECK_FALSE(history.record("b").last_attempt);
  CHECK(history.state().next_attempt(address_of("b")) == 2);
}

TEST_CASE("what runs when its run is set aside is interrupted, and nothing else is") {
  History history = with_active_run();
  history.add(written_by(kActive), {started("a", 1), started("b", 1), started("c", 1)});
  history.add(written_by(kActive),
              {finished("b", 1, OutcomeKind::succeeded), finished("c", 1, OutcomeKind::failed)});
  const Attempt running = *history.record("a").last_attempt;
  history.add(operator_jane(), {RunAbandoned{kActive, "unlocked"}});
  CHECK(history.record("a").status == Status::interrupted);
  CHECK(history.record("a").last_attempt == running);
  CHECK_FALSE(history.record("a").last_attempt->ended);
  CHECK(history.record("b").status == Status::succeeded);
  CHECK(history.record("c").status == Status::failed);
  CHECK_FALSE(history.state().active_run);
  // An interruption is the news; there is nothing left to fall back to.
  CHECK_FALSE(history.record("a").attempt_before);
  CHECK(history.record("a").status_before == Status::not_started);
}

TEST_CASE("what still runs when its run finishes is interrupted too") {
  History history = with_active_run();
  history.add(written_by(kActive), {started("a", 1)});
  history.add(written_by(kActive), {run_finished(kActive)});
  CHECK(history.record("a").status == Status::interrupted);
}

TEST_CASE("a removal that succeeds leaves only the attempt counter, one that fails everything") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(written_by("run-2"), {run_started("run-2")});
  PackageStarted removal = started("a", 2);
  removal.action = ActionKind::remove;
  history.add(written_by("run-2"), {removal});
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::failed)});
  CHECK(history.record("a").status == Status::failed);
  CHECK(history.record("a").last_attempt->action == ActionKind::remove);
  CHECK(history.record("a").last_success->attempt == 1);
  removal.attempt = 3;
  history.add(written_by("run-2"), {removal});
  history.add(written_by("run-2"), {finished("a", 3, OutcomeKind::succeeded)});
  AddressRecord expected;
  expected.attempts = 3;
  CHECK(history.record("a") == expected);
}

TEST_CASE("only a run that says so converges the environment") {
  History history = with_active_run();
  history.add(written_by(kActive), {run_finished(kActive)});
  CHECK_FALSE(history.state().converged);
  history.add(written_by("run-2"), {run_started("run-2")});
  RunFinished event = run_finished("run-2");
  event.converged = true;
  history.add(written_by("run-2"), {event});
  CHECK(history.state().converged ==
        Convergence{Digest::of("desired"), Digest::of(test::sample_policy()),
                    "4c1f0a77b5d0c3a1e6f2f8f9a0b1c2d3e4f50617", "run-2"});
  history.add(written_by("run-3"), {run_started("run-3")});
  history.add(written_by("run-3"), {run_finished("run-3")});
  CHECK(history.state().converged->run == "run-2");
}

TEST_CASE("a writer is shown by its credential, else by what it claims and where it ran") {
  Writer writer = operator_jane();
  CHECK(display_name(writer) == "jane@desk");
  writer.claimed.reset();
  CHECK(display_name(writer) == "unknown@desk");
  writer.authenticated = "ocid1.user.oc1..jane";
  CHECK(display_name(writer) == "ocid1.user.oc1..jane");
}

}  // namespace cemli
