#include "reconciler/plan/policy.h"

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
using test::planned;
using test::recorded_of;
using test::success_of;
using Lines = std::vector<std::string>;

TEST_CASE("nothing is removed unless policy allows it") {
  const RecordedState recorded =
      recorded_of({{at("base"), success_of(identity_of("base", "1.0.0"))},
                   {at("old"), success_of(identity_of("old", "1.0.0"), {}, {"uninstall"})}});
  DesiredState desired = desired_of({package_of(identity_of("base", "1.0.0"))});
  const Plan refused = planned(desired, recorded);
  CHECK(lines_of(refused) == Lines{"base none", "old remove undesired"});
  REQUIRE(refused.refusals.size() == 1);
  CHECK(refused.refusals[0].rule == "allow_removal");
  CHECK(refused.refusals[0].address == at("old"));
  desired.rules.allow_removal = true;
  CHECK(planned(desired, recorded).refusals.empty());
}

TEST_CASE("content that changes under a version is an update where policy has mutable_versions") {
  const RecordedState recorded =
      recorded_of({{at("base"), success_of(identity_of("base", "1.0.0"))}});
  Identity changed = identity_of("base", "1.0.0");
  changed.content = Digest::of("other");
  DesiredState desired = desired_of({package_of(changed)});
  CHECK_FALSE(make_plan(desired, recorded, {}));
  desired.rules.mutable_versions = true;
  CHECK(lines_of(planned(desired, recorded)) == Lines{"base update content_changed"});
}

}  // namespace
}  // namespace cemli
