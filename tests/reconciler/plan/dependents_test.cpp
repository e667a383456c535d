#include <catch2/catch.hpp>

#include "reconciler/plan/planner.h"
#include "tests/reconciler/plan/states.h"

namespace cemli {
namespace {

using test::at;
using test::desired_of;
using test::identity_of;
using test::jane_says;
using test::lines_of;
using test::only;
using test::package_of;
using test::planned;
using test::recorded_of;
using test::success_of;
using test::then;
using Lines = std::vector<std::string>;

Identity v1(std::string_view address) {
  return identity_of(address, "1.0.0");
}
Identity v2(std::string_view address) {
  return identity_of(address, "2.0.0");
}

TEST_CASE("what would run behind something blocked is blocked, naming the nearest and the cause") {
  const Plan plan = planned(desired_of({package_of(v1("a")), package_of(v1("b"), {"a"}),
                                        package_of(v1("c"), {"b"}), package_of(v1("other"))}),
                            recorded_of({{at("a"), only(Status::interrupted, v1("a"))}}));
  CHECK(lines_of(plan) == Lines{"other run new", "a blocked interrupted_not_idempotent",
                                "b blocked dependency_blocked,new",
                                "c blocked dependency_blocked,new"});
  const Reason& why_c = plan.actions[3].reasons[0];
  CHECK(why_c.operands == std::map<std::string, ParameterValue>{{"address", "b"}});
  CHECK(why_c.details == std::map<std::string, std::string>{{"attempt", "1"},
                                                            {"cause", "a"},
                                                            {"run", "20261123T021455Z-6f3a9c21"},
                                                            {"time", "2026-11-23T02:14:55.000Z"}});
}

TEST_CASE("an up-to-date dependent stays as it is, and what is behind it is blocked all the same") {
  const Plan plan = planned(
      desired_of({package_of(v1("a")), package_of(v1("b"), {"a"}), package_of(v1("c"), {"b"})}),
      recorded_of({{at("a"), then(success_of(v1("a")), Status::interrupted, v2("a"))},
                   {at("b"), success_of(v1("b"), {"a"})}}));
  CHECK(lines_of(plan) == Lines{"a blocked interrupted_not_idempotent", "b none",
                                "c blocked dependency_blocked,new"});
  CHECK(plan.actions[2].reasons[0].operands ==
        std::map<std::string, ParameterValue>{{"address", "a"}});
}

TEST_CASE("of several obstacles the nearest is named, then the first by address") {
  const Plan plan = planned(
      desired_of({package_of(v1("far")), package_of(v1("mid"), {"far"}), package_of(v1("near-b")),
                  package_of(v1("near-c")), package_of(v1("top"), {"mid", "near-b", "near-c"})}),
      recorded_of({{at("far"), only(Status::interrupted, v1("far"))},
                   {at("mid"), success_of(v1("mid"), {"far"})},
                   {at("near-b"), only(Status::interrupted, v1("near-b"))},
                   {at("near-c"), only(Status::interrupted, v1("near-c"))}}));
  const Action& top = plan.actions.back();
  CHECK(top.address == at("top"));
  CHECK(top.reasons[0].operands == std::map<std::string, ParameterValue>{{"address", "near-b"}});
}

TEST_CASE("a dependency that a reconcile leaves failed blocks its dependents by name") {
  const auto plan =
      make_plan(desired_of({package_of(v1("a")), package_of(v1("b"), {"a"})}),
                recorded_of({{at("a"), only(Status::failed, v1("a"), "run: exit code 3")}}),
                {PlanOptions::FailedAgain::leave});
  REQUIRE(plan);
  CHECK(lines_of(*plan) == Lines{"a blocked failed_unchanged", "b blocked dependency_failed,new"});
  CHECK(plan->actions[1].reasons[0].details.at("summary") == "run: exit code 3");
}

TEST_CASE("a dependency that is retried does not block") {
  CHECK(lines_of(planned(desired_of({package_of(v1("a")), package_of(v1("b"), {"a"})}),
                         recorded_of({{at("a"), only(Status::failed, v1("a"))}}))) ==
        Lines{"a retry failed_before", "b run new"});
}

TEST_CASE("a held dependency blocks only where it has not succeeded") {
  AddressRecord held = success_of(v1("a"));
  held.hold = Hold{v2("a").digest(), jane_says("month end")};
  const DesiredState desired = desired_of({package_of(v2("a")), package_of(v1("b"), {"a"})});
  CHECK(lines_of(planned(desired, recorded_of({{at("a"), held}}))) ==
        Lines{"a held held,version_changed", "b run new"});
  AddressRecord held_failed = then(success_of(v1("a")), Status::failed, v2("a"));
  held_failed.hold = held.hold;
  CHECK(lines_of(planned(desired, recorded_of({{at("a"), held_failed}}))) ==
        Lines{"a held held,failed_before,version_changed", "b blocked dependency_held,new"});
}

TEST_CASE("an update does not rerun what depends on it") {
  CHECK(lines_of(planned(desired_of({package_of(v2("a")), package_of(v1("b"), {"a"})}),
                         recorded_of({{at("a"), success_of(v1("a"))},
                                      {at("b"), success_of(v1("b"), {"a"})}}))) ==
        Lines{"a update version_changed", "b none"});
}

TEST_CASE("what is not desired is removed, dependents first and after all that runs") {
  const Plan plan =
      planned(desired_of({package_of(v1("zz"))}),
              recorded_of({{at("a"), success_of(v1("a"), {}, {"uninstall"})},
                           {at("b"), success_of(v1("b"), {"a"}, {"check", "uninstall"})},
                           {at("c"), success_of(v1("c"), {"b"}, {"uninstall"})}}));
  CHECK(lines_of(plan) ==
        Lines{"zz run new", "c remove undesired", "b remove undesired", "a remove undesired"});
  const Action& a = plan.actions[3];
  CHECK(a.waits_for == std::vector<Address>{at("b")});
  CHECK(a.version == "1.0.0");
  CHECK(a.before == v1("a").digest());
  CHECK_FALSE(a.after);
  CHECK_FALSE(a.desired);
  CHECK(a.attempt == 2);
}

TEST_CASE("what has effects and cannot be removed is blocked") {
  CHECK(lines_of(planned(
            desired_of({package_of(v1("zz"))}),
            recorded_of({{at("a"), success_of(v1("a"))},
                         {at("b"), then(success_of(v1("b")), Status::failed, v2("b"))}}))) ==
        Lines{"zz run new", "a blocked undesired_no_uninstall",
              "b blocked undesired_no_uninstall,failed_before"});
}

TEST_CASE("what never succeeded and cannot be removed is forgotten, saying what was half done") {
  const Plan plan =
      planned(desired_of({package_of(v1("zz"))}),
              recorded_of({{at("a"), only(Status::failed, v1("a"), "run: exit code 3")},
                           {at("b"), only(Status::interrupted, v1("b"))}}));
  CHECK(lines_of(plan) == Lines{"zz run new", "a forget undesired_never_succeeded",
                                "b forget undesired_never_succeeded"});
  CHECK(plan.actions[1].reasons[0].details.at("status") == "failed");
  CHECK(plan.actions[1].reasons[0].details.at("summary") == "run: exit code 3");
  CHECK(plan.actions[2].reasons[0].details.at("status") == "interrupted");
}

TEST_CASE("a removal that did not end well is tried again, and left by a reconcile") {
  AddressRecord record = then(success_of(v1("a"), {}, {"uninstall"}), Status::failed, v1("a"));
  record.last_attempt->action = ActionKind::remove;
  const DesiredState without = desired_of({package_of(v1("zz"))});
  const RecordedState recorded = recorded_of({{at("a"), record}});
  CHECK(lines_of(planned(without, recorded)) ==
        Lines{"zz run new", "a remove undesired,failed_before"});
  const auto left = make_plan(without, recorded, {PlanOptions::FailedAgain::leave});
  REQUIRE(left);
  CHECK(lines_of(*left) == Lines{"zz run new", "a blocked failed_unchanged"});
  const auto again =
      make_plan(desired_of({package_of(v1("a"))}), recorded, {PlanOptions::FailedAgain::leave});
  REQUIRE(again);
  CHECK(lines_of(*again) == Lines{"a retry failed_before"});
}

TEST_CASE("what nothing is recorded of and nobody desires is left out") {
  AddressRecord forgotten;
  forgotten.attempts = 2;
  CHECK(lines_of(planned(desired_of({package_of(v1("zz"))}),
                         recorded_of({{at("a"), forgotten}}))) == Lines{"zz run new"});
}

TEST_CASE("a removal waits for a desired dependent, and is blocked where that stays as it is") {
  const RecordedState recorded = recorded_of(
      {{at("a"), success_of(v1("a"), {}, {"uninstall"})}, {at("b"), success_of(v1("b"), {"a"})}});
  const Plan moves_off = planned(desired_of({package_of(v2("b"))}), recorded);
  CHECK(lines_of(moves_off) == Lines{"b update version_changed", "a remove undesired"});
  CHECK(moves_off.actions[1].waits_for == std::vector<Address>{at("b")});

  RecordedState held = recorded;
  held.addresses.at(at("b")).hold = Hold{v2("b").digest(), jane_says("month end")};
  const Plan stays = planned(desired_of({package_of(v2("b"))}), held);
  CHECK(lines_of(stays) ==
        Lines{"b held held,version_changed", "a blocked dependent_blocked,undesired"});
}

TEST_CASE("a removal is blocked behind a dependent that cannot be removed") {
  CHECK(lines_of(planned(desired_of({package_of(v1("zz"))}),
                         recorded_of({{at("a"), success_of(v1("a"), {}, {"uninstall"})},
                                      {at("b"), success_of(v1("b"), {"a"})}}))) ==
        Lines{"zz run new", "b blocked undesired_no_uninstall",
              "a blocked dependent_blocked,undesired"});
}

TEST_CASE("recorded dependencies that history made into a cycle are still removed") {
  CHECK(lines_of(planned(desired_of({package_of(v1("zz"))}),
                         recorded_of({{at("a"), success_of(v1("a"), {"b"}, {"uninstall"})},
                                      {at("b"), success_of(v1("b"), {"a"}, {"uninstall"})}}))) ==
        Lines{"zz run new", "a remove undesired", "b remove undesired"});
}

}  // namespace
}  // namespace cemli
