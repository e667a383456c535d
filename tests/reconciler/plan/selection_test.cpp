#include "reconciler/plan/selection.h"

#include <catch2/catch.hpp>

#include "reconciler/plan/planner.h"
#include "tests/reconciler/plan/states.h"

namespace cemli {
namespace {

using test::at;
using test::desired_of;
using test::identity_of;
using test::lines_of;
using test::package_of;
using test::recorded_of;
using test::success_of;
using Lines = std::vector<std::string>;

/// base <- mid <- top, free, and two instances of l10n behind base.
DesiredState sample_plan() {
  return desired_of(
      {package_of(identity_of("base", "1.0.0")), package_of(identity_of("mid", "1.0.0"), {"base"}),
       package_of(identity_of("top", "1.0.0"), {"mid"}), package_of(identity_of("free", "1.0.0")),
       package_of(identity_of("l10n[DE]", "1.0.0"), {"base"}),
       package_of(identity_of("l10n[FR]", "1.0.0"), {"base"})});
}

Result<Plan> plan_of(const RecordedState& recorded, Selection selection) {
  PlanOptions options;
  options.selection = std::move(selection);
  return make_plan(sample_plan(), recorded, options);
}

Lines selected(Selection selection) {
  return lines_of(plan_of(recorded_of({}), std::move(selection)).value());
}

TEST_CASE("a target takes along what it depends on") {
  CHECK(selected({{at("mid")}}) == Lines{"base run new", "mid run new"});
  CHECK(selected({{at("free")}}) == Lines{"free run new"});
}

TEST_CASE("a package's name means all of its instances") {
  CHECK(selected({{at("l10n")}}) == Lines{"base run new", "l10n[DE] run new", "l10n[FR] run new"});
  CHECK(selected({{at("l10n[FR]")}}) == Lines{"base run new", "l10n[FR] run new"});
}

TEST_CASE("what is excluded takes out what would wait for it") {
  CHECK(selected({{}, {at("mid")}}) ==
        Lines{"base run new", "free run new", "l10n[DE] run new", "l10n[FR] run new"});
  CHECK(selected({{}, {at("base")}}) == Lines{"free run new"});
}

TEST_CASE("what is excluded and as desired keeps nobody waiting") {
  const auto plan = plan_of(recorded_of({{at("base"), success_of(identity_of("base", "1.0.0"))}}),
                            {{at("mid")}, {at("base")}});
  REQUIRE(plan);
  CHECK(lines_of(*plan) == Lines{"mid run new"});
  CHECK(plan->selection == Selection{{at("mid")}, {at("base")}});
}

TEST_CASE("a target that is removed takes its dependents along") {
  const auto record = [](const char* name, const std::vector<std::string>& depends_on) {
    return success_of(identity_of(name, "1.0.0"), depends_on, {"uninstall"});
  };
  const auto plan = plan_of(
      recorded_of({{at("old"), record("old", {})}, {at("older"), record("older", {"old"})}}),
      {{at("old")}});
  REQUIRE(plan);
  CHECK(lines_of(*plan) == Lines{"older remove undesired", "old remove undesired"});
}

TEST_CASE("a selection that names nothing, or leaves nothing, is refused") {
  const auto unknown = plan_of(recorded_of({}), {{at("midd")}});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == ErrorCode::usage);
  CHECK(unknown.error().message() ==
        "'midd' is neither desired nor recorded in environment 'prod'; did you mean 'mid'?");
  const auto instance = plan_of(recorded_of({}), {{}, {at("l10n[IT]")}});
  REQUIRE_FALSE(instance);
  const auto nothing = plan_of(recorded_of({}), {{at("mid")}, {at("base")}});
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().message() == "nothing is left of the plan: all of it is excluded");
}

}  // namespace
}  // namespace cemli
