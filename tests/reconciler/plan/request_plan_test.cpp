#include "reconciler/plan/request_plan.h"

#include <catch2/catch.hpp>

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
using Names = std::vector<std::string>;

Names names_of(const std::vector<const Action*>& actions) {
  Names names;
  for (const Action* action : actions) names.push_back(action->address.text());
  return names;
}

/// `installed` at 1.0.0 is recorded, and `failed` has failed at 1.0.0.
RecordedState recorded() {
  return recorded_of(
      {{at("installed"), success_of(identity_of("installed", "1.0.0"))},
       {at("broken"), only(Status::failed, identity_of("broken", "1.0.0"), "exit code 1")}});
}

DesiredState desired(const std::string& installed, const std::string& broken = "1.0.0") {
  return desired_of(
      {package_of(identity_of("installed", installed)), package_of(identity_of("broken", broken))});
}

RequestPlan compared(const DesiredState& base, const DesiredState& head) {
  const Plan before = planned(base, recorded());
  return make_request_plan(&before, planned(head, recorded()));
}

TEST_CASE("what was pending anyway is not the request's") {
  const RequestPlan request = compared(desired("1.0.0"), desired("1.1.0"));
  CHECK(names_of(request.changes()) == Names{"installed"});
  CHECK(names_of(request.others()) == Names{"broken"});
  CHECK(request.dropped.empty());
  CHECK(request.instead_of.empty());
  CHECK(request.has_changes());
}

TEST_CASE("a request that changes nothing of what is due has no changes") {
  const RequestPlan request = compared(desired("1.1.0"), desired("1.1.0"));
  CHECK_FALSE(request.has_changes());
  CHECK(request.changes().empty());
  CHECK(request.others().size() == 2);
}

TEST_CASE("what the request makes needless is no longer due") {
  const RequestPlan request = compared(desired("1.1.0"), desired("1.0.0"));
  REQUIRE(request.dropped.size() == 1);
  CHECK(request.dropped.front().address == at("installed"));
  CHECK(request.dropped.front().version == "1.1.0");
  CHECK(request.changes().empty());
  CHECK(request.has_changes());
}

TEST_CASE("another version in place of a pending one is the request's, and says instead of what") {
  const RequestPlan request = compared(desired("1.1.0"), desired("1.2.0"));
  CHECK(names_of(request.changes()) == Names{"installed"});
  REQUIRE(request.instead_of.contains(at("installed")));
  CHECK(request.instead_of.at(at("installed")).version == "1.1.0");
  CHECK(request.dropped.empty());
}

TEST_CASE("the same action for another reason is the request's") {
  const Plan base = planned(desired("1.0.0"), recorded());
  Plan head = base;
  for (Action& action : head.actions) {
    if (action.address == at("broken")) action.reasons.push_back(Reason{"new"});
  }
  CHECK(make_request_plan(&base, head).changes().size() == 1);
}

TEST_CASE("details of a reason make no difference") {
  const Plan base = planned(desired("1.0.0"), recorded());
  Plan head = base;
  for (Action& action : head.actions) {
    for (Reason& reason : action.reasons) reason.details["time"] = "another";
  }
  CHECK_FALSE(make_request_plan(&base, head).has_changes());
}

TEST_CASE("without a base all of it is the request's") {
  const RequestPlan request = make_request_plan(nullptr, planned(desired("1.1.0"), recorded()));
  CHECK(request.changes().size() == 2);
  CHECK(request.others().empty());
  CHECK_FALSE(request.changes_policy);
}

TEST_CASE("other rules are a change though nothing else is due") {
  DesiredState strict = desired("1.0.0");
  strict.policy = Digest::of("another policy");
  const RequestPlan request = compared(desired("1.0.0"), strict);
  CHECK(request.changes_policy);
  CHECK(request.changes().empty());
  CHECK(request.has_changes());
}

TEST_CASE("a request has changes where one of its environments has") {
  ChangeRequest request{"main", "a", "topic", "b"};
  CHECK_FALSE(request.has_changes());
  request.environments.push_back(
      {"test", false, make_request_plan(nullptr, planned(desired("1.1.0"), recorded()))});
  CHECK(request.has_changes());
  CHECK_FALSE(request.has_errors());
  request.environments.push_back({"prod", false, Error(ErrorCode::invalid_input, "wrong")});
  CHECK(request.has_errors());
}

TEST_CASE("an environment that the request adds or removes is a change") {
  CHECK(RequestedEnvironment{"dev", false, RequestedEnvironment::Removed{}}.has_changes());
  CHECK_FALSE(RequestedEnvironment{"dev", false, Error(ErrorCode::corrupt, "x")}.has_changes());
}

}  // namespace
}  // namespace cemli
