#include "reconciler/plan/plan.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "reconciler/plan/plan_codec.h"
#include "reconciler/plan/planner.h"
#include "tests/reconciler/plan/states.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::at;
using test::desired_of;
using test::identity_of;
using test::jane_says;
using test::only;
using test::package_of;
using test::planned;
using test::recorded_of;
using test::success_of;
using test::then;

std::string zeros() {
  return std::string(64, '0');
}
std::string ones() {
  return std::string(64, '1');
}

Plan empty_plan() {
  const Digest desired = Digest::parse(zeros()).value();
  return Plan{"prod", std::nullopt, std::nullopt, desired, Digest::parse(ones()).value(), {}};
}

/// A bit of everything: all kinds of actions but `rerun` and `forget`.
Plan mixed_plan() {
  const Identity base = identity_of("gl-base", "1.2.0");
  const Identity limits = identity_of("gl-approval-config", "1.4.2", {{"limit", 6000}});
  const Identity print = identity_of("ar-invoice-print", "2.1.0");
  AddressRecord held = success_of(identity_of("fr-l10n[FR]", "2.0.0"));
  held.hold = Hold{identity_of("fr-l10n[FR]", "2.0.1").digest(), jane_says("month end")};
  DesiredPackage reversible = package_of(identity_of("fr-l10n[DE]", "2.0.1"));
  reversible.reversible = Reversible::compensating;
  return planned(
      desired_of({package_of(base), package_of(limits, {"gl-base"}), package_of(print),
                  package_of(identity_of("ar-letters", "1.0.0"), {"ar-invoice-print"}), reversible,
                  package_of(identity_of("fr-l10n[FR]", "2.0.1"))}),
      recorded_of(
          {{at("gl-base"), success_of(base)},
           {at("gl-approval-config"),
            success_of(identity_of("gl-approval-config", "1.4.1", {{"limit", 5000}}))},
           {at("ar-invoice-print"), only(Status::interrupted, print)},
           {at("fr-l10n[DE]"), then(success_of(identity_of("fr-l10n[DE]", "2.0.0")), Status::failed,
                                    identity_of("fr-l10n[DE]", "2.0.1"), "run: exit code 3")},
           {at("fr-l10n[FR]"), held},
           {at("old-report"), success_of(identity_of("old-report", "0.9.0"), {}, {"uninstall"})}}));
}

TEST_CASE("the digest of a plan without actions is a vector of the state format") {
  const std::string canonical = R"({"actions":[],"desired":")" + zeros() +
                                R"(","environment":"prod","policy":")" + ones() + R"("})";
  CHECK(empty_plan().digest() == Digest::of(canonical));
  CHECK(empty_plan().digest().hex() ==
        "458b8225f8fc4867fdf284b9009a2ea8fdecb7dfa3cd0ee76092c8b4af0823e3");
}

TEST_CASE("the digest covers each action by address with its identities and reasons") {
  Plan plan = empty_plan();
  Action update{at("gl-base")};
  update.kind = ActionKind::update;
  update.before = Digest::parse(zeros()).value();
  update.after = Digest::parse(ones()).value();
  update.reasons = {
      Reason{"parameter_changed", {{"name", "limit"}, {"from", 5000}, {"to", 6000}}, {}}};
  Action run{at("l10n[FR]")};
  run.kind = ActionKind::run;
  run.after = Digest::parse(ones()).value();
  run.reasons = {Reason{"new"}};
  plan.actions = {run, update};
  const std::string canonical =
      R"({"actions":[{"action":"update","address":"gl-base","after":")" + ones() +
      R"(","before":")" + zeros() +
      R"(","reasons":[{"code":"parameter_changed","from":5000,"name":"limit","to":6000}]},)"
      R"({"action":"run","address":"l10n[FR]","after":")" +
      ones() + R"(","before":null,"reasons":[{"code":"new"}]}],"desired":")" + zeros() +
      R"(","environment":"prod","policy":")" + ones() + R"("})";
  CHECK(plan.digest() == Digest::of(canonical));
  CHECK(plan.digest().hex() == "0e4b6136edcad5865f7bf2cb513599272e9e2305639974042896c9d8491db549");
}

TEST_CASE("commit, head, order, details, durations and attempts are not digested") {
  const Plan plan = mixed_plan();
  Plan other = plan;
  other.commit = std::nullopt;
  other.basis = Head{99, Digest::of("another entry")};
  other.active_run = "20261123T021455Z-6f3a9c21";
  std::reverse(other.actions.begin(), other.actions.end());
  for (Action& action : other.actions) {
    action.expected = std::chrono::seconds(99);
    action.attempt = 99;
    for (Reason& reason : action.reasons) reason.details = {{"run", "another"}};
  }
  CHECK(other.digest() == plan.digest());
}

TEST_CASE("environment, desired, policy, actions and operands are digested") {
  const Plan plan = mixed_plan();
  const auto changed = [&](const auto& change) {
    Plan other = plan;
    change(other);
    return other.digest() != plan.digest();
  };
  CHECK(changed([](Plan& p) { p.environment = "test"; }));
  CHECK(changed([](Plan& p) { p.desired = Digest::of("other"); }));
  CHECK(changed([](Plan& p) { p.policy = Digest::of("other"); }));
  CHECK(changed([](Plan& p) { p.actions.pop_back(); }));
  CHECK(changed([](Plan& p) { p.actions[0].kind = ActionKind::rerun; }));
  CHECK(changed([](Plan& p) { p.actions[0].after = Digest::of("other"); }));
  CHECK(changed([](Plan& p) { p.actions[0].before = Digest::of("other"); }));
  CHECK(changed([](Plan& p) { p.actions[0].reasons.push_back(Reason{"new"}); }));
}

TEST_CASE("a plan counts its actions by kind") {
  using Counts = std::map<ActionKind, std::uint64_t>;
  CHECK(mixed_plan().summary() == Counts{{ActionKind::none, 1},
                                         {ActionKind::update, 1},
                                         {ActionKind::retry, 1},
                                         {ActionKind::remove, 1},
                                         {ActionKind::blocked, 2},
                                         {ActionKind::held, 1}});
  CHECK(mixed_plan().has_changes());
  CHECK_FALSE(empty_plan().has_changes());
}

TEST_CASE("a plan as JSON") {
  test::check_golden("plan.json", encode_plan(mixed_plan()));
}

TEST_CASE("a first plan as JSON has basis 0 and no commit where the working tree was read") {
  DesiredState desired = desired_of({package_of(identity_of("gl-base", "1.2.0"))});
  desired.commit = std::nullopt;
  RecordedState nothing;
  nothing.environment = "prod";
  test::check_golden("plan_first.json", encode_plan(planned(desired, nothing)));
}

TEST_CASE("bytes that are not UTF-8 in what somebody wrote do not break the JSON") {
  Plan plan = mixed_plan();
  plan.actions[0].reasons = {Reason{"held", {}, {{"why", "caf\xE9"}}}};
  CHECK(encode_plan(plan).find("caf\xEF\xBF\xBD") != std::string::npos);
}

TEST_CASE("the same inputs give the same bytes, however they were put together") {
  std::vector<DesiredPackage> packages;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> depends_on;
    if (i % 3 != 0) depends_on.push_back("p" + std::to_string(i / 3));
    packages.push_back(package_of(identity_of("p" + std::to_string(i), "1.0.0"), depends_on));
  }
  const RecordedState recorded =
      recorded_of({{at("p1"), only(Status::interrupted, identity_of("p1", "1.0.0"))},
                   {at("p2"), success_of(identity_of("p2", "1.0.0"))}});
  const std::string expected = encode_plan(planned(desired_of(packages), recorded));
  std::uint64_t state = 42;
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = packages.size() - 1; i > 0; --i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      std::swap(packages[i], packages[(state >> 33U) % (i + 1)]);
    }
    REQUIRE(encode_plan(planned(desired_of(packages), recorded)) == expected);
  }
}

TEST_CASE("100,000 packages in one chain behind a blocked one are planned") {
  constexpr int kCount = 100'000;
  const auto name = [](int i) { return "p" + std::to_string(1'000'000 + i); };
  DesiredState desired = desired_of({});
  for (int i = 0; i < kCount; ++i) {
    DesiredPackage package = package_of(identity_of(name(i), "1.0.0"));
    if (i > 0) package.depends_on.push_back(at(name(i - 1)));
    desired.packages.emplace(package.identity.address, std::move(package));
  }
  const Plan plan = planned(
      desired,
      recorded_of({{at(name(0)), only(Status::interrupted, identity_of(name(0), "1.0.0"))}}));
  CHECK(plan.summary() ==
        std::map<ActionKind, std::uint64_t>{{ActionKind::blocked, std::uint64_t{kCount}}});
  CHECK(plan.actions.back().reasons[0].details.at("cause") == name(0));
}

}  // namespace
}  // namespace cemli
