#include <catch2/catch.hpp>

#include "state/recorded_state.h"
#include "tests/support/sample_log.h"

// What operators say of addresses and of the environment.
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

PackageResolved resolved(std::uint64_t attempt, Resolution resolution) {
  return {address_of("a"), kActive, attempt, resolution, "looked at the tables"};
}

}  // namespace

TEST_CASE("a taint or a drift marks what has succeeded, with who and why") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored from backup"}});
  CHECK(history.record("a").status == Status::tainted);
  CHECK(history.record("a").word == OperatorWord{"jane@desk", "restored from backup", moment(300)});
  CHECK(history.record("a").last_success->attempt == 1);
  history.add(operator_jane(), {PackageDrifted{address_of("a"), "a column is gone"}});
  CHECK(history.record("a").status == Status::drifted);
  CHECK(history.record("a").word->why == "a column is gone");
  CHECK(history.record("a").tainted_seq == 6);
}

TEST_CASE("a taint leaves a failure a failure, and nothing where nothing was done") {
  History history = after_attempt(OutcomeKind::failed);
  history.add(operator_jane(), {PackageTainted{address_of("a"), "to be sure"}});
  CHECK(history.record("a").status == Status::failed);
  history.add(operator_jane(), {PackageTainted{address_of("unknown"), "to be sure"}});
  CHECK_FALSE(history.state().addresses.contains(address_of("unknown")));
}

TEST_CASE("a taint is lifted by a success whose start came after it") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored from backup"}});
  history.add(written_by("run-2"), {run_started("run-2")});
  history.add(written_by("run-2"), {started("a", 2)});
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::succeeded)});
  CHECK(history.record("a").status == Status::succeeded);
  CHECK_FALSE(history.record("a").word);
}

TEST_CASE("a taint between start and success survives the success") {
  for (const Status status : {Status::tainted, Status::drifted}) {
    History history = with_active_run();
    history.add(written_by(kActive), {started("a", 1)});
    if (status == Status::tainted) {
      history.add(operator_jane(), {PackageTainted{address_of("a"), "switched over"}});
    } else {
      history.add(operator_jane(), {PackageDrifted{address_of("a"), "switched over"}});
    }
    CHECK(history.record("a").status == Status::running);
    history.add(written_by(kActive), {finished("a", 1, OutcomeKind::succeeded)});
    CHECK(history.record("a").status == status);
    CHECK(history.record("a").last_success->attempt == 1);
    REQUIRE(history.record("a").word);
    CHECK(history.record("a").word->why == "switched over");
    history.add(written_by(kActive), {started("a", 2)});
    history.add(written_by(kActive), {finished("a", 2, OutcomeKind::succeeded)});
    CHECK(history.record("a").status == Status::succeeded);
  }
}

TEST_CASE("a taint of what was announced holds when that never starts") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(written_by("run-2"), {run_started("run-2")});
  history.add(written_by("run-2"), {started("a", 2)});
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored from backup"}});
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::not_started)});
  CHECK(history.record("a").status == Status::tainted);
  CHECK(history.record("a").word->why == "restored from backup");
  CHECK(history.record("a").last_attempt->number == 1);
}

TEST_CASE("a taint before a start that never came to be stays, with its reason") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored from backup"}});
  history.add(written_by("run-2"), {run_started("run-2")});
  history.add(written_by("run-2"), {started("a", 2)});
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::not_started)});
  CHECK(history.record("a").status == Status::tainted);
  CHECK(history.record("a").word->why == "restored from backup");
}

TEST_CASE("an interrupted attempt is resolved as the operator says") {
  History history = after_attempt(OutcomeKind::interrupted);
  history.add(operator_jane(), {resolved(1, Resolution::failed)});
  CHECK(history.record("a").status == Status::failed);
  CHECK(history.record("a").word == OperatorWord{"jane@desk", "looked at the tables", moment(300)});
  CHECK_FALSE(history.record("a").last_success);

  history = after_attempt(OutcomeKind::interrupted);
  history.add(operator_jane(), {resolved(1, Resolution::retry)});
  CHECK(history.record("a").status == Status::error);
  CHECK(history.record("a").resolution == Resolution::retry);
  CHECK_FALSE(history.record("a").last_success);

  history = after_attempt(OutcomeKind::interrupted);
  history.add(operator_jane(), {resolved(1, Resolution::succeeded)});
  CHECK(history.record("a").status == Status::succeeded);
  REQUIRE(history.record("a").last_success);
  CHECK(history.record("a").last_success->identity == identity_of("a"));
  CHECK(history.record("a").word->why == "looked at the tables");
  // How long the operator took to look says nothing of how long the package takes.
  CHECK(history.record("a").last_success->duration == 2s);
  CHECK(history.record("a").last_success->end == moment(3));
}

TEST_CASE("a resolution is history once another attempt ended") {
  History history = after_attempt(OutcomeKind::interrupted);
  history.add(operator_jane(), {resolved(1, Resolution::retry)});
  history.add(written_by("run-2"), {run_started("run-2"), started("a", 2)});
  CHECK(history.record("a").resolution == Resolution::retry);
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::error)});
  CHECK(history.record("a").status == Status::error);
  CHECK_FALSE(history.record("a").resolution);
}

TEST_CASE("a success known only from an operator has no duration") {
  History history = with_active_run();
  history.add(written_by(kActive), {started("a", 1)});
  history.add(operator_jane(), {RunAbandoned{kActive, "machine lost"}});
  history.add(operator_jane(), {resolved(1, Resolution::succeeded)});
  REQUIRE(history.record("a").last_success);
  CHECK_FALSE(history.record("a").last_success->duration);
  CHECK(history.record("a").last_success->end == moment(240));
  CHECK_FALSE(history.record("a").last_attempt->ended);
}

TEST_CASE("a resolution counts only while its attempt is the last one and interrupted") {
  SECTION("not of another run's attempt") {
    History history = after_attempt(OutcomeKind::interrupted);
    PackageResolved event = resolved(1, Resolution::succeeded);
    event.run = "run-2";
    history.add(operator_jane(), {event});
    CHECK(history.record("a").status == Status::interrupted);
    CHECK_FALSE(history.record("a").word);
  }
  SECTION("not of an earlier attempt") {
    History history = after_attempt(OutcomeKind::interrupted);
    history.add(written_by(kActive), {run_started(kActive)});
    history.add(written_by(kActive), {started("a", 2)});
    history.add(written_by(kActive), {finished("a", 2, OutcomeKind::interrupted)});
    history.add(operator_jane(), {resolved(1, Resolution::succeeded)});
    CHECK(history.record("a").status == Status::interrupted);
    history.add(operator_jane(), {resolved(2, Resolution::failed)});
    CHECK(history.record("a").status == Status::failed);
  }
  SECTION("not of one that runs again") {
    History history = after_attempt(OutcomeKind::interrupted);
    history.add(written_by(kActive), {run_started(kActive)});
    history.add(written_by(kActive), {started("a", 2)});
    history.add(operator_jane(), {resolved(1, Resolution::succeeded)});
    history.add(operator_jane(), {resolved(2, Resolution::succeeded)});
    CHECK(history.record("a").status == Status::running);
  }
  SECTION("not of one whose end is known") {
    for (const OutcomeKind outcome :
         {OutcomeKind::failed, OutcomeKind::error, OutcomeKind::rolled_back}) {
      History history = after_attempt(outcome);
      const AddressRecord before = history.record("a");
      history.add(operator_jane(), {resolved(1, Resolution::succeeded)});
      CHECK(history.record("a") == before);
    }
  }
  SECTION("not a second time, and not of an address that nobody knows") {
    History history = after_attempt(OutcomeKind::interrupted);
    history.add(operator_jane(), {resolved(1, Resolution::failed)});
    history.add(operator_jane(), {resolved(1, Resolution::succeeded)});
    CHECK(history.record("a").status == Status::failed);
    History empty;
    empty.add(operator_jane(), {resolved(1, Resolution::succeeded)});
    CHECK(empty.state().addresses.empty());
  }
}

TEST_CASE(
    "a taint after the start of an interrupted attempt survives its resolution as a success") {
  History history = after_attempt(OutcomeKind::interrupted);
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored from backup"}});
  CHECK(history.record("a").status == Status::interrupted);
  history.add(operator_jane(), {resolved(1, Resolution::succeeded)});
  CHECK(history.record("a").status == Status::tainted);
}

TEST_CASE("a word about an earlier interruption does not stand beside a new one") {
  History history = after_attempt(OutcomeKind::interrupted);
  history.add(operator_jane(), {resolved(1, Resolution::retry)});
  history.add(written_by("run-2"), {run_started("run-2")});
  history.add(written_by("run-2"), {started("a", 2)});
  SECTION("when the run is set aside") {
    history.add(operator_jane(), {RunAbandoned{"run-2", "machine lost"}});
    CHECK(history.record("a").status == Status::interrupted);
    CHECK_FALSE(history.record("a").word);
    CHECK_FALSE(history.record("a").resolution);
  }
  SECTION("when the attempt ends") {
    history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::error)});
    CHECK(history.record("a").status == Status::error);
    CHECK_FALSE(history.record("a").word);
  }
}

TEST_CASE("what is forgotten keeps only its attempt counter") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored from backup"}});
  history.add(operator_jane(), {PackageForgotten{address_of("a"), "gone with the schema"}});
  AddressRecord expected;
  expected.attempts = 1;
  CHECK(history.record("a") == expected);
  CHECK(history.state().next_attempt(address_of("a")) == 2);
  history.add(operator_jane(), {PackageForgotten{address_of("unknown"), "?"}});
  CHECK_FALSE(history.state().addresses.contains(address_of("unknown")));
  // It has been forgotten, the taint with it.
  history.add(written_by("run-2"), {run_started("run-2")});
  history.add(written_by("run-2"), {started("a", 2)});
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::succeeded)});
  CHECK(history.record("a").status == Status::succeeded);
}

TEST_CASE("what runs cannot be forgotten") {
  History history = with_active_run();
  history.add(written_by(kActive), {started("a", 1)});
  CHECK(history.refusal(operator_jane(), {PackageForgotten{address_of("a"), "?"}}) ==
        "log entry 3: 'a' is forgotten while it runs");
}

TEST_CASE("a hold stands against one identity until it is released") {
  History history;
  history.add(operator_jane(), {PackageHeld{address_of("a"), Digest::of("2.0.0"), "audit"}});
  REQUIRE(history.record("a").hold);
  CHECK(*history.record("a").hold == Hold{Digest::of("2.0.0"), {"jane@desk", "audit", moment(60)}});
  CHECK(history.record("a").status == Status::not_started);
  history.add(written_by(kActive), {run_started(kActive)});
  history.add(written_by(kActive), {started("a", 1)});
  history.add(written_by(kActive), {finished("a", 1, OutcomeKind::succeeded)});
  CHECK(history.record("a").hold);
  history.add(operator_jane(), {PackageReleased{address_of("a"), "audit over"}});
  CHECK_FALSE(history.record("a").hold);
}

TEST_CASE("an environment is suspended until it is resumed") {
  History history;
  history.add(operator_jane(), {EnvironmentSuspended{"quarter end"}});
  CHECK(history.state().suspension == OperatorWord{"jane@desk", "quarter end", moment(60)});
  history.add(operator_jane(), {EnvironmentResumed{"books closed"}});
  CHECK_FALSE(history.state().suspension);
}

TEST_CASE("a removal that an operator says has succeeded leaves nothing but the attempts' number") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(written_by("run-2"), {run_started("run-2")});
  PackageStarted removal = started("a", 2);
  removal.action = ActionKind::remove;
  history.add(written_by("run-2"), {removal});
  history.add(operator_jane(), {RunAbandoned{"run-2", "its machine burnt down"}});
  history.add(operator_jane(),
              {PackageResolved{address_of("a"), "run-2", 2, Resolution::succeeded, "it is gone"}});
  CHECK(history.record("a").status == Status::not_started);
  CHECK_FALSE(history.record("a").last_success);
  CHECK(history.state().next_attempt(address_of("a")) == 3);
}

// What replays say of a run that was set aside.

namespace {

/// A history in which attempt 1 of `a` is interrupted, as its run was set aside.
History after_takeover() {
  History history = with_active_run();
  history.add(written_by(kActive), {started("a", 1)});
  history.add(operator_jane(), {RunAbandoned{kActive, "its machine burnt down"}});
  return history;
}

PackageReported reported(std::uint64_t attempt, OutcomeKind outcome, const RunId& run = kActive) {
  return {run, finished("a", attempt, outcome)};
}

}  // namespace

TEST_CASE("a report of an interrupted attempt that is the last one says how it ended") {
  for (const OutcomeKind outcome :
       {OutcomeKind::succeeded, OutcomeKind::failed, OutcomeKind::rolled_back, OutcomeKind::error,
        OutcomeKind::interrupted}) {
    History history = after_takeover();
    history.add(operator_jane(), {reported(1, outcome)});
    CHECK(word_of(history.record("a").status) == word_of(outcome));
    CHECK(history.record("a").last_attempt->evidence);
    CHECK(history.record("a").last_success.has_value() == (outcome == OutcomeKind::succeeded));
  }
}

TEST_CASE("a report of an attempt that started no program lets it be tried again") {
  History history = after_takeover();
  history.add(operator_jane(), {reported(1, OutcomeKind::not_started)});
  CHECK(history.record("a").status == Status::error);
}

TEST_CASE("a report of any other attempt is history") {
  History history = after_takeover();
  const AddressRecord before = history.record("a");
  history.add(operator_jane(), {reported(2, OutcomeKind::succeeded)});
  history.add(operator_jane(), {reported(1, OutcomeKind::succeeded, "run-0")});
  CHECK(history.record("a") == before);
  history.add(written_by("run-2"), {run_started("run-2"), started("a", 2)});
  history.add(operator_jane(), {reported(1, OutcomeKind::succeeded)});
  CHECK(history.record("a").status == Status::running);
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::failed)});
  history.add(operator_jane(), {reported(1, OutcomeKind::succeeded)});
  CHECK(history.record("a").status == Status::failed);
}

TEST_CASE("a report does not lift a taint that came after the attempt's start") {
  History history = with_active_run();
  history.add(written_by(kActive), {started("a", 1)});
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored"}});
  history.add(operator_jane(), {RunAbandoned{kActive, "its machine burnt down"}});
  history.add(operator_jane(), {reported(1, OutcomeKind::succeeded)});
  CHECK(history.record("a").status == Status::tainted);
}

}  // namespace cemli
