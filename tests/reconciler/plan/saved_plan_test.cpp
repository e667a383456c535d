#include "reconciler/plan/saved_plan.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reconciler/plan/plan_codec.h"
#include "reconciler/plan/planner.h"
#include "tests/reconciler/plan/states.h"

namespace cemli {
namespace {

using test::at;
using test::desired_of;
using test::identity_of;
using test::only;
using test::package_of;
using test::planned;
using test::recorded_of;
using test::success_of;
using Lines = std::vector<std::string>;
using nlohmann::json;

DesiredState sample(const std::string& version = "1.0.0") {
  return desired_of({package_of(identity_of("a", version, {{"limit", 7}, {"text", "x"}})),
                     package_of(identity_of("b", version), {"a"})});
}

AddressRecord done(const Identity& identity) {
  return success_of(identity);
}

Identity identity_of_a(const std::string& version = "1.0.0") {
  return identity_of("a", version, {{"limit", 7}, {"text", "x"}});
}

SavedPlan saved(const Plan& plan) {
  auto decoded = decode_plan(encode_plan(plan), "p.json");
  REQUIRE(decoded);
  return *std::move(decoded);
}

std::string refusal(const std::string& text) {
  const auto decoded = decode_plan(text, "p.json");
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code() == ErrorCode::invalid_input);
  CHECK(decoded.error().hint() == "cemli plan -e ENV -o FILE makes one");
  return decoded.error().message();
}

TEST_CASE("a plan's file holds what binds who applies it") {
  Plan plan = planned(sample(), recorded_of({}));
  plan.selection.targets = {at("b")};
  const SavedPlan read = saved(plan);
  CHECK(read.environment == "prod");
  CHECK(read.commit == plan.commit);
  CHECK(read.digest == plan.digest());
  CHECK(read.selection == plan.selection);
  REQUIRE(read.actions.size() == 2);
  CHECK(read.actions[0] == SavedPlan::Due{at("a"), ActionKind::run, identity_of_a().digest()});
}

TEST_CASE("a plan that was changed, cut off or is none is refused") {
  const std::string text = encode_plan(planned(sample(), recorded_of({})));
  CHECK(refusal("") == "'p.json' is not a plan that can be applied: it is not JSON, or is cut off");
  CHECK(refusal(text.substr(0, text.size() / 2)) ==
        "'p.json' is not a plan that can be applied: it is not JSON, or is cut off");
  CHECK(refusal("{}") == "'p.json' is not a plan that can be applied: /format: missing");
  CHECK(refusal("[]") == "'p.json' is not a plan that can be applied: expected an object");
  json changed = json::parse(text);
  changed["actions"][1]["after"] = changed["actions"][0]["after"];
  CHECK(refusal(changed.dump()) ==
        "'p.json' is not a plan that can be applied: it was changed "
        "after it was made: it is not what its digest says");
  changed = json::parse(text);
  changed["format"] = 2;
  CHECK(refusal(changed.dump()) ==
        "'p.json' is not a plan that can be applied: format 2 is not "
        "the one this version of cemli reads, 1");
  changed = json::parse(text);
  changed["actions"].push_back(changed["actions"][0]);
  CHECK(refusal(changed.dump()) ==
        "'p.json' is not a plan that can be applied: /actions/2/address: stands there twice");
}

TEST_CASE("a plan in which anything that people read was changed is refused") {
  const std::string text = encode_plan(planned(sample(), recorded_of({})));
  std::string changed = text;
  const std::size_t at = changed.find("\"expected_seconds\":null");
  REQUIRE(at != std::string::npos);
  changed.replace(at, 23, "\"expected_seconds\":1234");
  CHECK(refusal(changed) ==
        "'p.json' is not a plan that can be applied: it was changed after it was made: its bytes "
        "are not those of its checksum");
  CHECK_THAT(refusal(json::parse(text).dump()), Catch::Contains("its bytes are not"));
}

TEST_CASE("a plan stands while what is due is its own") {
  const Plan before = planned(sample(), recorded_of({}));
  CHECK(what_moved(saved(before), before).empty());
  // One of its packages has succeeded since, or was tried and failed.
  CHECK(
      what_moved(saved(before), planned(sample(), recorded_of({{at("a"), done(identity_of_a())}})))
          .empty());
  CHECK(
      what_moved(saved(before),
                 planned(sample(), recorded_of({{at("a"), only(Status::failed, identity_of_a())}})))
          .empty());
}

TEST_CASE("a plan has moved where something else is due") {
  const SavedPlan before = saved(planned(sample(), recorded_of({})));
  CHECK(what_moved(before, planned(sample("2.0.0"), recorded_of({}))).size() == 2);
  const DesiredState more =
      desired_of({package_of(identity_of_a()), package_of(identity_of("b", "1.0.0"), {"a"}),
                  package_of(identity_of("c", "1.0.0"))});
  CHECK(what_moved(before, planned(more, recorded_of({}))) ==
        Lines{"'c': it is not in the plan, and now it is 'run'"});
  CHECK(what_moved(before, planned(desired_of({package_of(identity_of_a())}), recorded_of({}))) ==
        Lines{"'b': the plan says 'run', and now nothing is known of it"});
  const RecordedState interrupted =
      recorded_of({{at("a"), only(Status::interrupted, identity_of_a())}});
  CHECK(what_moved(before, planned(sample(), interrupted)) ==
        Lines{"'a': the plan says 'run', and now it is 'blocked'",
              "'b': the plan says 'run', and now it is 'blocked'"});
}

TEST_CASE("a removal of the plan is done once nothing is recorded of it") {
  const DesiredState desired = desired_of({package_of(identity_of("b", "1.0.0"))});
  const RecordedState with_old =
      recorded_of({{at("old"), success_of(identity_of("old", "1.0.0"), {}, {"uninstall"})}});
  const SavedPlan before = saved(planned(desired, with_old));
  CHECK(what_moved(before, planned(desired, recorded_of({}))).empty());
  const DesiredState wanted_again =
      desired_of({package_of(identity_of("b", "1.0.0")), package_of(identity_of("old", "1.0.0"))});
  CHECK(what_moved(before, planned(wanted_again, with_old)) ==
        Lines{"'old': the plan says 'remove', and now it is 'none'"});
}

TEST_CASE("a saved plan records no policy but its own") {
  const RecordedState recorded = recorded_of({});
  const SavedPlan before = saved(planned(sample(), recorded));
  DesiredState other = sample();
  other.policy = Digest::of("another policy");
  const Plan now = planned(other, recorded);
  CHECK(what_moved(before, now) == Lines{"the policy is another one than the plan's"});
  CHECK(what_moved(saved(now), now).empty());
  // Once it is recorded, it is nothing that a run would bring.
  RecordedState since = recorded;
  since.converged->policy = other.policy;
  CHECK(what_moved(before, planned(other, since)).empty());
}

}  // namespace
}  // namespace cemli
