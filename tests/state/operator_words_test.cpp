#include "state/operator_words.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using test::address_of;
using test::finished;
using test::History;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::started;
using test::written_by;

/// `done` has succeeded, `broken` has failed, `held` is held and unknown otherwise.
RecordedState some_state() {
  History history;
  history.add(written_by("run-1"),
              {run_started("run-1"), started("done", 1), started("broken", 1)});
  history.add(written_by("run-1"), {finished("done", 1, OutcomeKind::succeeded),
                                    finished("broken", 1, OutcomeKind::failed)});
  history.add(written_by("run-1"), {run_finished("run-1")});
  history.add(operator_jane(), {PackageHeld{address_of("held"), Digest::of("2"), "audit"}});
  return history.state();
}

std::vector<Address> addresses_of(std::initializer_list<const char*> texts) {
  std::vector<Address> addresses;
  for (const char* text : texts) addresses.push_back(address_of(text));
  return addresses;
}

TEST_CASE("a taint is one event an address of which something is recorded") {
  const auto events = taint_words(some_state(), addresses_of({"broken", "done"}), "restored");
  REQUIRE(events);
  CHECK(*events == std::vector<Event>{PackageTainted{address_of("broken"), "restored"},
                                      PackageTainted{address_of("done"), "restored"}});
}

TEST_CASE("all addresses of which nothing is recorded are named at once") {
  for (const auto& words : {taint_words, forget_words}) {
    const auto events = words(some_state(), addresses_of({"done", "held", "unknown"}), "x");
    REQUIRE_FALSE(events);
    CHECK(events.error().code() == ErrorCode::not_found);
    CHECK(events.error().message() ==
          "in environment 'dev' nothing is recorded of 'held', 'unknown'");
    CHECK(events.error().hint() == "cemli state list -e dev");
  }
}

TEST_CASE("only a hold can be released") {
  const auto events = release_words(some_state(), addresses_of({"held"}), "over");
  REQUIRE(events);
  CHECK(*events == std::vector<Event>{PackageReleased{address_of("held"), "over"}});
  const auto refused = release_words(some_state(), addresses_of({"done", "held"}), "over");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::conflict);
  CHECK(refused.error().message() == "in environment 'dev' there is no hold on 'done'");
}

TEST_CASE("an environment is suspended once, and resumed once") {
  History history;
  const auto suspend = suspend_words(history.state(), "quarter end");
  REQUIRE(suspend);
  CHECK(*suspend == std::vector<Event>{EnvironmentSuspended{"quarter end"}});
  const auto too_early = resume_words(history.state(), "books closed");
  REQUIRE_FALSE(too_early);
  CHECK(too_early.error().message() == "environment 'dev' is not suspended");
  history.add(operator_jane(), *suspend);
  const auto again = suspend_words(history.state(), "again");
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == ErrorCode::conflict);
  CHECK(again.error().message() ==
        "environment 'dev' is suspended already, by jane@desk at 2026-11-23 06:01 UTC: quarter "
        "end");
  CHECK(resume_words(history.state(), "books closed"));
}

}  // namespace
}  // namespace cemli
