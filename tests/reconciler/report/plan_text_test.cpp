#include "reconciler/report/plan_text.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/reconciler/plan/states.h"
#include "tests/reconciler/report/recorded_samples.h"
#include "tests/reconciler/report/styles.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::at;
using test::check_golden;
using test::desired_of;
using test::identity_of;
using test::kColor;
using test::kPlain;
using test::package_of;
using test::planned;
using test::recorded_of;
using test::success_of;

TEST_CASE("a release reads as actions with their reasons") {
  check_golden("plan_text.txt", plan_text(test::release_plan(), kPlain));
}

TEST_CASE("a release in colour has the same words") {
  check_golden("plan_text_color.txt", plan_text(test::release_plan(), kColor));
}

TEST_CASE("what packages told of a plan stands below their actions") {
  Plan plan = test::release_plan();
  std::size_t told = 0;
  for (Action& action : plan.actions) {
    if (!runs_programs(action.kind) || told == 2) continue;
    action.dry_run =
        told++ == 0 ? Rehearsal{OutcomeKind::succeeded, "", "would set the limit to 5000\n", ""}
                    : Rehearsal{OutcomeKind::failed, "dry_run: exit code 4", "", "no ledger\n"};
  }
  REQUIRE(told == 2);
  check_golden("plan_text_dry_run.txt", plan_text(plan, kPlain));
  CHECK(plan.digest() == test::release_plan().digest());
}

TEST_CASE("on a narrow terminal reasons stand on lines of their own") {
  check_golden("plan_text_narrow.txt", plan_text(test::release_plan(), TextStyle{false, 72}));
}

TEST_CASE("lines are not over-long") {
  std::istringstream lines(plan_text(test::release_plan(), kPlain));
  for (std::string line; std::getline(lines, line);) {
    // Commands are copied and the summary is searched for: both stay whole.
    const bool is_whole = line.find("  cemli ") != std::string::npos || line.starts_with("Plan: ");
    if (!is_whole) CHECK(columns_of(line) <= 100);
  }
}

TEST_CASE("a plan without changes says so in one sentence") {
  const Identity base = identity_of("gl-base", "1.2.0");
  const Identity limits = identity_of("gl-approval-config", "1.4.2");
  check_golden("plan_text_no_changes.txt",
               plan_text(planned(desired_of({package_of(base), package_of(limits, {"gl-base"})}),
                                 recorded_of({{at("gl-base"), success_of(base)},
                                              {at("gl-approval-config"), success_of(limits)}})),
                         kPlain));
}

TEST_CASE("a first plan says that nothing was ever recorded") {
  DesiredState desired = desired_of({package_of(identity_of("gl-base", "1.2.0")),
                                     package_of(identity_of("ar-letters", "1.0.0"), {"gl-base"})});
  desired.commit = std::nullopt;
  RecordedState nothing;
  nothing.environment = "prod";
  check_golden("plan_text_first.txt", plan_text(planned(desired, nothing), kPlain));
}

TEST_CASE("a plan made while a run is active says so") {
  check_golden("plan_text_active.txt",
               plan_text(planned(desired_of({package_of(identity_of("gl-base", "1.2.1")),
                                             package_of(identity_of("ar-invoice-print", "2.1.0"))}),
                                 [] {
                                   RecordedState recorded = test::eventful_state();
                                   recorded.suspension = std::nullopt;
                                   return recorded;
                                 }()),
                         kPlain));
}

TEST_CASE("what policy says stands below the plan, and rules that change are a line of it") {
  Plan plan = test::release_plan();
  plan.policy_change = PolicyChange{Digest::of("before"), {"allowed_signers", "types"}, false};
  plan.refusals = {
      {"types", at("gl-approval-config"), "'gl-approval-config' 1.4.2 is of the type 'extension'",
       "only these may run here: configuration", Refusal::By::converged},
      {"max_changes", std::nullopt, "7 changes are due, and at most 5 may be",
       "apply it in parts with --target, or raise 'max_changes' first", Refusal::By::planned},
      {"locked", std::nullopt, "environments/prod.lock.json is missing",
       "write it with 'cemli lock -e prod' and commit it"}};
  check_golden("plan_text_policy.txt", plan_text(plan, kPlain));
}

TEST_CASE("rules that change alone are a plan of one line") {
  const Identity base = identity_of("gl-base", "1.2.0");
  DesiredState desired = desired_of({package_of(base)});
  desired.policy = Digest::of("another policy");
  Plan plan = planned(desired, recorded_of({{at("gl-base"), success_of(base)}}));
  plan.policy_change->what = {"approvals"};
  check_golden("plan_text_policy_alone.txt", plan_text(plan, kPlain));
}

}  // namespace
}  // namespace cemli
