#include <catch2/catch.hpp>

#include "state/recorded_state.h"
#include "tests/support/sample_log.h"

// What is adopted, moved and taken over from another environment, as the fold takes it.
namespace cemli {
namespace {

using test::address_of;
using test::finished;
using test::History;
using test::identity_of;
using test::moment;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::started;
using test::written_by;

OperatorWord first_word() {
  return {"jane@desk", "why", moment(60)};
}

/// A history whose only run did `a` with this outcome.
History after_attempt(OutcomeKind outcome) {
  History history;
  PackageStarted start = started("a", 1);
  start.depends_on = {address_of("base")};
  history.add(written_by("run-1"), {run_started("run-1"), start});
  history.add(written_by("run-1"), {finished("a", 1, outcome), run_finished("run-1")});
  return history;
}

PackageAdopted adopted(std::string_view address) {
  return {identity_of(address), {address_of("base")}, {"uninstall"}, "why"};
}

TEST_CASE("what is adopted has succeeded without an attempt, a duration or evidence") {
  History history;
  history.add(operator_jane(), {adopted("a"), adopted("b")});
  const AddressRecord& record = history.record("a");
  CHECK(record.status == Status::succeeded);
  CHECK(record.attempts == 0);
  CHECK(record.word == first_word());
  REQUIRE(record.last_success);
  CHECK(*record.last_success == Success{identity_of("a"),
                                        std::nullopt,
                                        std::nullopt,
                                        moment(60),
                                        std::nullopt,
                                        std::nullopt,
                                        {address_of("base")},
                                        {"uninstall"}});
  CHECK_FALSE(record.last_attempt);
  CHECK(history.record("b").status == Status::succeeded);
}

TEST_CASE("what was adopted can be tainted and run") {
  History history;
  history.add(operator_jane(), {adopted("a")});
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored"}});
  CHECK(history.record("a").status == Status::tainted);
  history.add(written_by("run-1"), {run_started("run-1"), started("a", 1)});
  history.add(written_by("run-1"), {finished("a", 1, OutcomeKind::succeeded)});
  CHECK(history.record("a").status == Status::succeeded);
  CHECK(history.record("a").last_success->attempt == 1);
}

TEST_CASE("an attempt that never succeeded gives way to an adoption, its number does not") {
  History history = after_attempt(OutcomeKind::interrupted);
  history.add(operator_jane(), {adopted("a")});
  CHECK(history.record("a").status == Status::succeeded);
  CHECK(history.record("a").attempts == 1);
  CHECK_FALSE(history.record("a").last_attempt);
}

TEST_CASE("what has succeeded cannot be adopted, and nothing while a run is active") {
  History history = after_attempt(OutcomeKind::succeeded);
  CHECK(history.refusal(operator_jane(), {adopted("a")}) ==
        "log entry 3: 'a' is adopted although it has succeeded");
  history.add(written_by("run-2"), {run_started("run-2")});
  CHECK(history.refusal(operator_jane(), {adopted("b")}) ==
        "log entry 4: rewrites the record while run run-2 is active");
  CHECK(history.refusal(operator_jane(),
                        {PackageMoved{address_of("a"), address_of("b"), std::nullopt, "why"}}) ==
        "log entry 4: rewrites the record while run run-2 is active");
}

TEST_CASE("a moved record is as if the other address had been run") {
  History history = after_attempt(OutcomeKind::succeeded);
  const AddressRecord before = history.record("a");
  history.add(operator_jane(),
              {PackageMoved{address_of("a"), address_of("a[FR]"), std::nullopt, "why"}});
  const AddressRecord& moved = history.record("a[FR]");
  CHECK(moved.status == Status::succeeded);
  CHECK(moved.attempts == 1);
  CHECK(moved.last_success->identity == identity_of("a[FR]"));
  CHECK(moved.last_success->evidence == before.last_success->evidence);
  CHECK(moved.last_attempt->identity == identity_of("a[FR]"));
  CHECK(moved.word == OperatorWord{"jane@desk", "why", moment(180)});
  AddressRecord blank;
  blank.attempts = 1;
  CHECK(history.record("a") == blank);
}

TEST_CASE("a renamed package's content is what it is under its new name") {
  History history = after_attempt(OutcomeKind::succeeded);
  const RenamedContent same{"1.0.0", Digest::of("new")};
  const RenamedContent other{"2.0.0", Digest::of("new")};
  SECTION("at the version that was run") {
    history.add(operator_jane(), {PackageMoved{address_of("a"), address_of("b"), same, "why"}});
    CHECK(history.record("b").last_success->identity.content == Digest::of("new"));
  }
  SECTION("not at another") {
    history.add(operator_jane(), {PackageMoved{address_of("a"), address_of("b"), other, "why"}});
    CHECK(history.record("b").last_success->identity.content == Digest::of("content"));
  }
}

TEST_CASE("what depends on a moved address depends on the new one") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(operator_jane(), {PackageAdopted{identity_of("base"), {}, {}, "why"}});
  history.add(operator_jane(),
              {PackageMoved{address_of("base"), address_of("ground"), std::nullopt, "why"}});
  CHECK(history.record("a").last_success->depends_on == std::vector{address_of("ground")});
}

TEST_CASE("attempts of a moved address are counted on from the higher number") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(operator_jane(), {PackageForgotten{address_of("a"), "why"}});
  history.add(operator_jane(), {PackageAdopted{identity_of("b"), {}, {}, "why"}});
  history.add(operator_jane(),
              {PackageMoved{address_of("b"), address_of("a"), std::nullopt, "why"}});
  CHECK(history.record("a").attempts == 1);
  CHECK(history.record("b").attempts == 0);
}

TEST_CASE("only a record is moved, and only where there is none") {
  History history = after_attempt(OutcomeKind::succeeded);
  history.add(operator_jane(), {PackageAdopted{identity_of("b"), {}, {}, "why"}});
  const auto moved = [](const char* from, const char* to) {
    return PackageMoved{address_of(from), address_of(to), std::nullopt, "why"};
  };
  CHECK(history.refusal(operator_jane(), {moved("x", "y")}) ==
        "log entry 4: 'x' is moved, and nothing is recorded of it");
  CHECK(history.refusal(operator_jane(), {moved("a", "b")}) ==
        "log entry 4: 'a' is moved to 'b', of which something is recorded");
}

// Another environment.

/// Its `a` succeeded twice and was then tainted, `half` is running.
RecordedState other_state() {
  History history;
  history.add(written_by("run-8"), {run_started("run-8"), started("a", 1)});
  history.add(written_by("run-8"), {finished("a", 1, OutcomeKind::succeeded), started("a", 2)});
  history.add(written_by("run-8"), {finished("a", 2, OutcomeKind::succeeded)});
  history.add(written_by("run-8"), {started("half", 1)});
  history.add(operator_jane(), {PackageTainted{address_of("a"), "restored"},
                                PackageHeld{address_of("a"), Digest::of("2"), "theirs"}});
  RecordedState state = history.state();
  state.environment = "prod";
  return state;
}

EnvironmentRefreshed refreshed(const RecordedState& state) {
  return {"prod", state.head->seq, state.head->digest,
          ObjectReference{"dev/refreshes/x.json", Digest::of("copy")}, "why"};
}

TEST_CASE("what another environment has recorded is taken over, address by address") {
  History history = after_attempt(OutcomeKind::failed);
  history.add(written_by("run-2"), {run_started("run-2"), started("a", 2), started("own", 1)});
  RunFinished end = run_finished("run-2");
  end.converged = true;
  history.add(written_by("run-2"), {finished("a", 2, OutcomeKind::failed),
                                    finished("own", 1, OutcomeKind::succeeded), end});
  history.add(operator_jane(), {PackageHeld{address_of("own"), Digest::of("1"), "ours"}});
  const RecordedState other = other_state();
  history.add(operator_jane(), {refreshed(other)}, {{Digest::of("copy"), other}});

  const AddressRecord& a = history.record("a");
  CHECK(a.status == Status::tainted);
  CHECK(a.word->why == "restored");
  CHECK(a.attempts == 2);
  CHECK_FALSE(a.hold);
  CHECK(a.last_success->run == "run-8");
  CHECK_FALSE(a.last_success->evidence);
  const AddressRecord& half = history.record("half");
  CHECK(half.status == Status::interrupted);
  CHECK(half.word->why == "why");
  CHECK(half.last_attempt->run == "run-8");
  AddressRecord blank;
  blank.attempts = 1;
  blank.hold = history.record("own").hold;
  CHECK(history.record("own") == blank);
  CHECK(blank.hold->word.why == "ours");
  CHECK_FALSE(history.state().converged);
  CHECK(history.state().last_run->run == "run-2");
  CHECK_FALSE(history.state().active_run);
}

TEST_CASE("attempts that were taken over can be resolved, tainted and followed") {
  History history;
  const RecordedState other = other_state();
  history.add(operator_jane(), {refreshed(other)}, {{Digest::of("copy"), other}});
  history.add(operator_jane(),
              {PackageResolved{address_of("half"), "run-8", 1, Resolution::succeeded, "seen"}});
  CHECK(history.record("half").status == Status::succeeded);
  history.add(written_by("run-1"), {run_started("run-1"), started("a", 3)});
  history.add(written_by("run-1"), {finished("a", 3, OutcomeKind::succeeded)});
  CHECK(history.record("a").status == Status::succeeded);
  CHECK_FALSE(history.record("a").word);
}

TEST_CASE("a copy that is not what the event names is refused") {
  const History history;
  const RecordedState other = other_state();
  const StateCopies copies{{Digest::of("copy"), other}};
  EnvironmentRefreshed event = refreshed(other);
  CHECK(history.refusal(operator_jane(), {event}) ==
        "log entry 1: 'dev/refreshes/x.json' was not read");
  event.seq = 3;
  CHECK(history.refusal(operator_jane(), {event}, copies) ==
        "log entry 1: 'dev/refreshes/x.json' is not environment 'prod' at entry 3");
  event = refreshed(other);
  event.from = "test";
  CHECK(history.refusal(operator_jane(), {event}, copies) ==
        "log entry 1: 'dev/refreshes/x.json' is not environment 'test' at entry 5");
}

}  // namespace
}  // namespace cemli
