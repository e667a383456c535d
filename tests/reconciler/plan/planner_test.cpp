#include "reconciler/plan/planner.h"

#include <catch2/catch.hpp>

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

const Identity kOld = identity_of("gl-base", "1.4.1", {{"limit", 5000}});
const Identity kNew = identity_of("gl-base", "1.4.2", {{"limit", 5000}});

DesiredPackage idempotent(DesiredPackage package) {
  package.idempotent = true;
  return package;
}

Lines plan_one(const DesiredPackage& package, const AddressRecord& record) {
  return lines_of(planned(desired_of({package}), recorded_of({{at("gl-base"), record}})));
}

Lines reconcile_one(const DesiredPackage& package, const AddressRecord& record) {
  const auto plan = make_plan(desired_of({package}), recorded_of({{at("gl-base"), record}}),
                              {PlanOptions::FailedAgain::leave});
  REQUIRE(plan);
  return lines_of(*plan);
}

TEST_CASE("what is not recorded is run") {
  RecordedState nothing;
  nothing.environment = "prod";
  const Plan plan = planned(desired_of({package_of(kNew)}), nothing);
  CHECK(lines_of(plan) == Lines{"gl-base run new"});
  CHECK_FALSE(plan.basis);
  CHECK(plan.actions[0].version == "1.4.2");
  CHECK_FALSE(plan.actions[0].version_before);
  CHECK_FALSE(plan.actions[0].before);
  CHECK(plan.actions[0].after == kNew.digest());
  CHECK(plan.actions[0].attempt == 1);
  CHECK_FALSE(plan.actions[0].expected);
}

TEST_CASE("a record that was forgotten is as good as none, but its attempts are counted on") {
  AddressRecord forgotten;
  forgotten.attempts = 3;
  const Plan plan =
      planned(desired_of({package_of(kNew)}), recorded_of({{at("gl-base"), forgotten}}));
  CHECK(lines_of(plan) == Lines{"gl-base run new"});
  CHECK(plan.actions[0].attempt == 4);
}

TEST_CASE("a success at the desired identity is left alone") {
  const Plan plan =
      planned(desired_of({package_of(kOld)}), recorded_of({{at("gl-base"), success_of(kOld)}}));
  CHECK(lines_of(plan) == Lines{"gl-base none"});
  CHECK(plan.actions[0].before == plan.actions[0].after);
  CHECK_FALSE(plan.actions[0].expected);
  CHECK_FALSE(plan.has_changes());
}

TEST_CASE("an action is not expected to take any time where nobody knows") {
  AddressRecord record = success_of(identity_of("a", "1.0.0"));
  const DesiredState desired = desired_of({package_of(identity_of("a", "2.0.0"))});
  CHECK(planned(desired, recorded_of({{at("a"), record}})).actions[0].expected ==
        std::chrono::seconds(12));
  record.last_success->duration.reset();
  CHECK_FALSE(planned(desired, recorded_of({{at("a"), record}})).actions[0].expected);
}

TEST_CASE("another version is an update that says from what to what") {
  const Plan plan =
      planned(desired_of({package_of(kNew)}), recorded_of({{at("gl-base"), success_of(kOld)}}));
  CHECK(lines_of(plan) == Lines{"gl-base update version_changed"});
  const Action& action = plan.actions[0];
  CHECK(action.reasons[0].operands ==
        std::map<std::string, ParameterValue>{{"from", "1.4.1"}, {"to", "1.4.2"}});
  CHECK(action.version_before == "1.4.1");
  CHECK(action.before == kOld.digest());
  CHECK(action.after == kNew.digest());
  CHECK(action.attempt == 2);
  CHECK(action.expected == std::chrono::seconds(12));
}

TEST_CASE("other parameters are an update that names each") {
  const Identity before =
      identity_of("gl-base", "1.4.1", {{"limit", 5000}, {"old", "x"}, {"same", "s"}});
  const Identity after =
      identity_of("gl-base", "1.4.1", {{"limit", 6000}, {"added", "y"}, {"same", "s"}});
  const Plan plan =
      planned(desired_of({package_of(after)}), recorded_of({{at("gl-base"), success_of(before)}}));
  using Operands = std::map<std::string, ParameterValue>;
  CHECK(plan.actions[0].kind == ActionKind::update);
  CHECK(plan.actions[0].reasons ==
        std::vector<Reason>{
            Reason{"parameter_changed", Operands{{"name", "limit"}, {"from", 5000}, {"to", 6000}}},
            Reason{"parameter_removed", Operands{{"name", "old"}, {"from", "x"}}},
            Reason{"parameter_added", Operands{{"name", "added"}, {"to", "y"}}}});
}

TEST_CASE("a parameter that changes its type from number to text is an update") {
  const Identity text = identity_of("gl-base", "1.4.1", {{"limit", "5000"}});
  CHECK(plan_one(package_of(text), success_of(kOld)) == Lines{"gl-base update parameter_changed"});
}

TEST_CASE("what is listed under rerun_on makes an update where it differs") {
  Identity before = kOld;
  before.rerun_on = {{"gone", "1"}, {"secret ERP", "v1"}};
  Identity after = kOld;
  after.rerun_on = {{"added", "1"}, {"secret ERP", "v2"}};
  const Plan plan =
      planned(desired_of({package_of(after)}), recorded_of({{at("gl-base"), success_of(before)}}));
  using Operands = std::map<std::string, ParameterValue>;
  CHECK(plan.actions[0].kind == ActionKind::update);
  CHECK(
      plan.actions[0].reasons ==
      std::vector<Reason>{Reason{"rerun_on_changed", Operands{{"name", "added"}, {"to", "1"}}},
                          Reason{"rerun_on_changed", Operands{{"name", "gone"}, {"from", "1"}}},
                          Reason{"rerun_on_changed",
                                 Operands{{"name", "secret ERP"}, {"from", "v1"}, {"to", "v2"}}}});
}

TEST_CASE("what did not succeed is tried again, saying what was half done") {
  CHECK(plan_one(package_of(kOld), only(Status::failed, kOld)) ==
        Lines{"gl-base retry failed_before"});
  CHECK(plan_one(package_of(kOld), only(Status::error, kOld)) ==
        Lines{"gl-base retry error_before"});
  CHECK(plan_one(package_of(kOld), only(Status::rolled_back, kOld)) ==
        Lines{"gl-base retry rolled_back_before"});
  CHECK(plan_one(idempotent(package_of(kOld)), only(Status::interrupted, kOld)) ==
        Lines{"gl-base retry interrupted_before"});
  CHECK(plan_one(idempotent(package_of(kOld)), only(Status::running, kOld)) ==
        Lines{"gl-base retry interrupted_before"});
}

TEST_CASE("a retry names the attempt, how it ended and what it left") {
  const Plan plan = planned(desired_of({package_of(kNew)}),
                            recorded_of({{at("gl-base"), then(success_of(kOld), Status::failed,
                                                              kNew, "run: exit code 3")}}));
  CHECK(lines_of(plan) == Lines{"gl-base retry failed_before,version_changed"});
  CHECK(plan.actions[0].reasons[0].operands ==
        std::map<std::string, ParameterValue>{{"version", "1.4.2"}});
  CHECK(plan.actions[0].reasons[0].details ==
        std::map<std::string, std::string>{{"run", "20261123T021455Z-6f3a9c21"},
                                           {"time", "2026-11-23T02:15:10.000Z"},
                                           {"attempt", "2"},
                                           {"summary", "run: exit code 3"}});
}

TEST_CASE("going back to the version before a failed one is a retry, not nothing") {
  CHECK(plan_one(package_of(kOld), then(success_of(kOld), Status::failed, kNew)) ==
        Lines{"gl-base retry failed_before"});
}

TEST_CASE("an interruption of what is not idempotent is blocked, whatever is desired now") {
  CHECK(plan_one(package_of(kOld), only(Status::interrupted, kOld)) ==
        Lines{"gl-base blocked interrupted_not_idempotent"});
  CHECK(plan_one(package_of(kNew), only(Status::interrupted, kOld)) ==
        Lines{"gl-base blocked interrupted_not_idempotent"});
  CHECK(plan_one(package_of(kOld), only(Status::running, kOld)) ==
        Lines{"gl-base blocked interrupted_not_idempotent"});
}

TEST_CASE("an interruption that an operator resolved is tried again") {
  AddressRecord resolved = only(Status::error, kOld);
  resolved.word = jane_says("nothing was written");
  resolved.resolution = Resolution::retry;
  const Plan plan =
      planned(desired_of({package_of(kOld)}), recorded_of({{at("gl-base"), resolved}}));
  CHECK(lines_of(plan) == Lines{"gl-base retry resolved_to_retry"});
  CHECK(plan.actions[0].reasons[0].details.at("why") == "nothing was written");
}

TEST_CASE("a scheduled reconcile leaves what failed, until something changes") {
  const AddressRecord failed = only(Status::failed, kOld);
  CHECK(reconcile_one(package_of(kOld), failed) == Lines{"gl-base blocked failed_unchanged"});
  CHECK(reconcile_one(package_of(kOld), only(Status::rolled_back, kOld)) ==
        Lines{"gl-base blocked failed_unchanged"});
  CHECK(reconcile_one(package_of(kNew), failed) == Lines{"gl-base retry failed_before"});
  CHECK(reconcile_one(package_of(kOld), only(Status::error, kOld)) ==
        Lines{"gl-base retry error_before"});
  AddressRecord tainted_since = failed;
  tainted_since.tainted_seq = 30;
  CHECK(reconcile_one(package_of(kOld), tainted_since) == Lines{"gl-base retry failed_before"});
}

TEST_CASE("what is tainted or drifted is run again, with who said so") {
  AddressRecord tainted = success_of(kOld);
  tainted.status = Status::tainted;
  tainted.word = jane_says("restored from backup");
  const Plan plan =
      planned(desired_of({package_of(kOld)}), recorded_of({{at("gl-base"), tainted}}));
  CHECK(lines_of(plan) == Lines{"gl-base rerun tainted"});
  CHECK(plan.actions[0].reasons[0].details ==
        std::map<std::string, std::string>{{"who", "jane@ops-1"},
                                           {"why", "restored from backup"},
                                           {"time", "2026-11-23T09:30:00.000Z"}});
  AddressRecord drifted = success_of(kOld);
  drifted.status = Status::drifted;
  CHECK(plan_one(package_of(kNew), drifted) == Lines{"gl-base rerun drifted,version_changed"});
}

TEST_CASE("a hold against the desired identity keeps an address as it is") {
  AddressRecord held = success_of(kOld);
  held.hold = Hold{kNew.digest(), jane_says("month end")};
  CHECK(plan_one(package_of(kNew), held) == Lines{"gl-base held held,version_changed"});
  SECTION("another identity desired lifts it") {
    held.hold->identity = identity_of("gl-base", "1.4.3").digest();
    CHECK(plan_one(package_of(kNew), held) == Lines{"gl-base update version_changed"});
  }
  SECTION("an up-to-date address has nothing to hold") {
    held.hold->identity = kOld.digest();
    CHECK(plan_one(package_of(kOld), held) == Lines{"gl-base none"});
  }
  SECTION("an address that never ran can be held") {
    AddressRecord blank;
    blank.hold = held.hold;
    CHECK(plan_one(package_of(kNew), blank) == Lines{"gl-base held held,new"});
  }
}

TEST_CASE("a suspended environment holds every action that would do something") {
  RecordedState recorded = recorded_of({
      {at("blocked"), only(Status::interrupted, identity_of("blocked", "1.0.0"))},
      {at("done"), success_of(identity_of("done", "1.0.0"))},
      {at("gone"), success_of(identity_of("gone", "1.0.0"), {}, {"uninstall"})},
      {at("never"), only(Status::failed, identity_of("never", "1.0.0"))},
  });
  recorded.suspension = jane_says("quarter close");
  const Plan plan = planned(desired_of({package_of(identity_of("blocked", "1.0.0")),
                                        package_of(identity_of("done", "1.0.0")),
                                        package_of(identity_of("fresh", "1.0.0"))}),
                            recorded);
  CHECK(lines_of(plan) == Lines{"blocked blocked interrupted_not_idempotent", "done none",
                                "fresh held suspended,new", "gone held suspended,undesired",
                                "never held suspended,undesired_never_succeeded"});
}

TEST_CASE("an active run is shown, and its unfinished attempts count as interrupted") {
  RecordedState recorded = recorded_of({{at("gl-base"), only(Status::running, kOld)}});
  const Digest digest = Digest::of("");
  RunStarted started{"20261123T021455Z-6f3a9c21", std::nullopt, digest, digest, digest, "", {}, {}};
  recorded.active_run = ActiveRun{started, 20, 20, {}, {}};
  const Plan plan = planned(desired_of({package_of(kOld)}), recorded);
  CHECK(plan.active_run == "20261123T021455Z-6f3a9c21");
  CHECK(plan.actions[0].kind == ActionKind::blocked);
  CHECK(plan.actions[0].reasons[0].details.at("running") == "yes");
}

TEST_CASE("content that changed under one version is an error that names all of them") {
  Identity changed = kOld;
  changed.content = Digest::of("other content");
  Identity other = identity_of("l10n[FR]", "2.0.0");
  AddressRecord other_failed = only(Status::failed, other);
  other.content = Digest::of("other content");
  const auto plan = make_plan(
      desired_of({package_of(changed), package_of(other)}),
      recorded_of({{at("gl-base"), success_of(kOld)}, {at("l10n[FR]"), other_failed}}), {});
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code() == ErrorCode::invalid_input);
  CHECK(plan.error().message() ==
        "gl-base: the content of version 1.4.1 changed: " + kOld.content.abbreviated() +
            " was run, " + changed.content.abbreviated() +
            " is desired now\n"
            "l10n[FR]: the content of version 2.0.0 changed: " +
            identity_of("l10n[FR]", "2.0.0").content.abbreviated() + " was run, " +
            other.content.abbreviated() + " is desired now");
  CHECK(plan.error().hint() ==
        "a version never changes: publish the new content under a new version, or desire the old "
        "content again");
}

TEST_CASE("content of an attempt that started no program may change") {
  Identity changed = kOld;
  changed.content = Digest::of("other content");
  CHECK(plan_one(package_of(changed), only(Status::error, kOld)) ==
        Lines{"gl-base retry error_before"});
}

TEST_CASE("nothing desired is an error, never no changes") {
  const auto fresh = make_plan(desired_of({}), recorded_of({}), {});
  REQUIRE_FALSE(fresh);
  CHECK(fresh.error().code() == ErrorCode::invalid_input);
  CHECK(fresh.error().message() ==
        "nothing is desired in environment 'prod': its file names no packages");
  CHECK(fresh.error().hint() == "name at least one under 'packages:' in environments/prod.yaml");
  CHECK_FALSE(make_plan(desired_of({}), recorded_of({{at("gl-base"), success_of(kOld)}}), {}));
}

}  // namespace
}  // namespace cemli
