#include "reconciler/plan/forecast.h"

#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"

namespace cemli {
namespace {

using test::at;
using test::desired_of;
using test::identity_of;
using test::package_of;
using test::planned;
using test::recorded_of;
using test::success_of;
using namespace std::chrono_literals;

/// A success of version 0.9.0, so that 1.0.0 is due.
std::pair<const Address, AddressRecord> took(const char* name, std::chrono::milliseconds duration) {
  AddressRecord record = success_of(identity_of(name, "0.9.0"));
  record.last_success->duration = duration;
  return {at(name), record};
}

TEST_CASE("the forecast is the longest chain of dependencies, by what was taken before") {
  const DesiredState desired = desired_of(
      {package_of(identity_of("a", "1.0.0")), package_of(identity_of("b", "1.0.0"), {"a"}),
       package_of(identity_of("c", "1.0.0"), {"a"}),
       package_of(identity_of("d", "1.0.0"), {"b", "c"}), package_of(identity_of("long", "1.0.0")),
       package_of(identity_of("new", "1.0.0"))});
  const Plan plan = planned(desired, recorded_of({took("a", 1s), took("b", 2s), took("c", 3s),
                                                  took("d", 4s), took("long", 7s)}));
  const Forecast expected{17s, 8s, {at("a"), at("c"), at("d")}, 1};
  CHECK(forecast(plan) == expected);
}

TEST_CASE("what is as desired, or of which nothing is known, takes no time") {
  const DesiredState desired = desired_of(
      {package_of(identity_of("a", "0.9.0")), package_of(identity_of("new", "1.0.0"), {"a"})});
  const Plan plan = planned(desired, recorded_of({took("a", 1s)}));
  CHECK(forecast(plan) == Forecast{0ms, 0ms, {}, 1});
}

TEST_CASE("a removal, of which no duration is ever recorded, is nothing unknown") {
  const Plan plan = planned(
      desired_of({package_of(identity_of("a", "1.0.0"))}),
      recorded_of({took("a", 1s),
                   {at("old"), success_of(identity_of("old", "1.0.0"), {}, {"uninstall"})}}));
  CHECK(forecast(plan) == Forecast{1s, 1s, {at("a")}, 0});
}

}  // namespace
}  // namespace cemli
