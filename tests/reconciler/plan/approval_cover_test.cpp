#include "reconciler/plan/approval_cover.h"

#include <catch2/catch.hpp>

#include "reconciler/plan/plan_codec.h"
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
using Lines = std::vector<std::string>;

constexpr Timestamp kNoon{std::chrono::milliseconds(1'790'000'000'000)};

DesiredState desired(const std::string& version) {
  return desired_of({package_of(identity_of("a", version)), package_of(identity_of("b", version))});
}

/// `a` and `b`, last done at these versions by these attempts.
RecordedState done(const std::string& a, std::uint64_t a_attempt, const std::string& b,
                   std::uint64_t b_attempt) {
  AddressRecord first = success_of(identity_of("a", a));
  first.attempts = a_attempt;
  first.last_success->attempt = a_attempt;
  AddressRecord second = success_of(identity_of("b", b));
  second.attempts = b_attempt;
  second.last_success->attempt = b_attempt;
  return recorded_of({{at("a"), first}, {at("b"), second}});
}

/// An approval of what is due for `version` on `recorded`, with its plan.
struct ApprovedPlan {
  SavedPlan plan;
  ApprovalStatement statement;
};

ApprovedPlan approved(const std::string& version, const RecordedState& recorded) {
  const Plan plan = planned(desired(version), recorded);
  return {decode_plan(encode_plan(plan), "plan.json").value(),
          approval_of(plan, recorded, kNoon).statement};
}

Lines refusal(const ApprovedPlan& approval, const std::string& version,
              const RecordedState& recorded) {
  return why_not_covered(approval.plan, approval.statement, planned(desired(version), recorded),
                         recorded);
}

TEST_CASE("an approval says what it is for, and how often each address had been tried") {
  const RecordedState recorded = done("1.0.0", 3, "2.0.0", 7);
  const Plan plan = planned(desired("2.0.0"), recorded);
  const ApprovalStatement statement = approval_of(plan, recorded, kNoon).statement;
  CHECK(statement.environment == plan.environment);
  CHECK(statement.plan == plan.digest());
  CHECK(statement.basis == recorded.head);
  CHECK(statement.log == recorded.log);
  CHECK(statement.time == kNoon);
  CHECK(statement.attempts == std::map<Address, std::uint64_t>{{at("a"), 3}});
}

TEST_CASE("an approval covers its plan, and what is left of it") {
  const ApprovedPlan approval = approved("2.0.0", done("1.0.0", 1, "1.0.0", 1));
  CHECK(refusal(approval, "2.0.0", done("1.0.0", 1, "1.0.0", 1)).empty());
  CHECK(refusal(approval, "2.0.0", done("2.0.0", 2, "1.0.0", 1)).empty());
  // It was tried and failed meanwhile.
  RecordedState failed = done("2.0.0", 2, "1.0.0", 1);
  failed.addresses.at(at("b")).attempts = 4;
  CHECK(refusal(approval, "2.0.0", failed).empty());
}

TEST_CASE("an approval covers nothing else") {
  const RecordedState before = done("1.0.0", 1, "1.0.0", 1);
  const ApprovedPlan approval = approved("2.0.0", before);
  CHECK(refusal(approval, "3.0.0", before).size() == 2);
  ApprovedPlan of_other = approval;
  of_other.statement.environment = "test";
  CHECK(refusal(of_other, "2.0.0", before) == Lines{"it is for environment 'test'"});
  ApprovedPlan swapped = approval;
  swapped.plan = approved("3.0.0", before).plan;
  CHECK(refusal(swapped, "3.0.0", before) ==
        Lines{"the plan that is kept with it is not the one that was signed"});
  ApprovedPlan of_other_log = approval;
  of_other_log.statement.log = "another";
  CHECK(refusal(of_other_log, "2.0.0", before) == Lines{"it was given for another log"});
  DesiredState loosened = desired("2.0.0");
  loosened.policy = Digest::of("other rules");
  CHECK(why_not_covered(approval.plan, approval.statement, planned(loosened, before), before) ==
        Lines{"the policy, or its signers, are not those it was given under"});
}

TEST_CASE("an approval that was given before anything was recorded serves the log's first runs") {
  RecordedState nothing;
  nothing.environment = done("1.0.0", 1, "1.0.0", 1).environment;
  const ApprovedPlan approval = approved("2.0.0", nothing);
  CHECK(approval.statement.log == std::nullopt);
  CHECK(refusal(approval, "2.0.0", nothing).empty());
  RecordedState begun = recorded_of({{at("a"), success_of(identity_of("a", "2.0.0"))}});
  CHECK(refusal(approval, "2.0.0", begun).empty());
}

TEST_CASE("an approval that was used does not serve again when the same is due anew") {
  const ApprovedPlan approval = approved("2.0.0", done("1.0.0", 1, "1.0.0", 1));
  // To 2.0.0, back to 1.0.0, and now 2.0.0 is desired again: the same plan.
  const RecordedState after = done("1.0.0", 3, "1.0.0", 3);
  const Lines refused = refusal(approval, "2.0.0", after);
  REQUIRE(refused.size() == 2);
  CHECK(refused[0] == "'a' has succeeded since it was given, and an approval is for once");
}

TEST_CASE("an approval of changed rules serves until a run has converged under them") {
  RecordedState recorded = done("1.0.0", 1, "1.0.0", 1);
  recorded.converged = Convergence{Digest::of("d"), Digest::of("p"), "c0ffee", "first"};
  const ApprovedPlan approval = approved("1.0.0", recorded);
  CHECK(approval.statement.attempts.empty());
  CHECK(refusal(approval, "1.0.0", recorded).empty());
  recorded.converged->run = "second";
  CHECK(refusal(approval, "1.0.0", recorded) ==
        Lines{"the environment has converged since it was given, and it is for once"});
}

}  // namespace
}  // namespace cemli
