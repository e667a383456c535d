#include "reconciler/cli/diagnosis.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

using std::chrono::seconds;

std::vector<StoreFinding> good_findings() {
  return {{"read", std::nullopt},
          {"list", std::nullopt},
          {"create", std::nullopt},
          {"create only if absent", std::nullopt},
          {"tell ages", std::nullopt}};
}

/// What a key that may only read finds.
std::vector<StoreFinding> read_only_findings() {
  return {{"read", std::nullopt},
          {"list", std::nullopt},
          {"create", Error(ErrorCode::denied, "PUT x: HTTP 403").with_hint("see the policies")}};
}

std::vector<Health> healths_of(const std::vector<Check>& checks) {
  std::vector<Health> healths;
  for (const Check& check : checks) healths.push_back(check.health);
  return healths;
}

Check clock_of(seconds lead) {
  return judge_clock("state store", std::optional(lead), seconds(300));
}

TEST_CASE("each role needs of each store what the documentation says") {
  CHECK(need_of(Role::planner, StoreKind::state) == StoreNeed::reading);
  CHECK(need_of(Role::executor, StoreKind::packages) == StoreNeed::reading);
  CHECK(need_of(Role::executor, StoreKind::results) == StoreNeed::writing);
  CHECK(need_of(Role::executor, StoreKind::state) == StoreNeed::writing);
  CHECK(need_of(Role::publisher, StoreKind::packages) == StoreNeed::writing);
  CHECK(need_of(Role::publisher, StoreKind::state) == StoreNeed::nothing);
  CHECK(probing_for(Role::planner) == Probing::reading);
  CHECK(probing_for(Role::executor) == Probing::all);
}

TEST_CASE("a store that does everything is well") {
  const auto checks = judge_store("state store", StoreNeed::writing, good_findings());
  REQUIRE(checks.size() == 5);
  for (const Check& check : checks) {
    CHECK(check.health == Health::good);
    CHECK(check.says == "yes");
  }
}

TEST_CASE("who may only read is denied to create, and what hangs on it is not tried") {
  const auto checks = judge_store("state store", StoreNeed::writing, read_only_findings());
  CHECK(healths_of(checks) == std::vector<Health>{Health::good, Health::good, Health::wrong,
                                                  Health::untried, Health::untried});
  CHECK(checks[2].name == "create");
  CHECK(checks[2].says == "denied: PUT x: HTTP 403");
  CHECK(checks[2].hint ==
        "see the policies\nwhoever only plans needs no more than to read: cemli doctor --role "
        "planner");
}

TEST_CASE("what nobody needs is a note") {
  const auto checks = judge_store("packages store", StoreNeed::reading, read_only_findings());
  CHECK(checks[2].health == Health::note);
  CHECK(checks[2].hint == "not needed for this role");
  const std::vector<StoreFinding> unreadable{
      {"read", Error(ErrorCode::unavailable, "no answer").with_hint("look at the network")}};
  const auto down = judge_store("packages store", StoreNeed::reading, unreadable);
  CHECK(down[0].health == Health::wrong);
  CHECK(down[0].says == "no: no answer");
  CHECK(down[0].hint == "look at the network");
}

TEST_CASE("a clock is wrong once the service refuses what is signed by it") {
  CHECK(clock_of(seconds(0)).says == "as the service's");
  CHECK(clock_of(seconds(-1)).health == Health::good);
  CHECK(clock_of(seconds(7)).says == "7s ahead of the service's, of 5m that are accepted");
  CHECK(clock_of(seconds(7)).health == Health::good);
  CHECK(clock_of(seconds(-200)).health == Health::note);
  CHECK(clock_of(seconds(-432)).health == Health::wrong);
  CHECK(clock_of(seconds(-432)).says == "7m 12s behind the service's, of 5m that are accepted");
  CHECK(clock_of(seconds(-432)).hint == "set the clock of this machine, for example by NTP");
  CHECK(judge_clock("s", std::optional<seconds>(), seconds(1)).health == Health::untried);
  CHECK(judge_clock("s", Error(ErrorCode::unavailable, "no answer"), seconds(1)).says ==
        "no answer");
}

TEST_CASE("a key's id is shown so that two can be told apart, and no more") {
  CHECK(abbreviated_key_id("AKIAIOSFODNN7EXAMPLE") == "AKIA…MPLE");
  CHECK(abbreviated_key_id("short-id") == "sh…");
  CHECK(abbreviated_key_id("") == "…");
}

}  // namespace
}  // namespace cemli
