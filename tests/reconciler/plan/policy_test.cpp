#include "reconciler/plan/policy.h"

#include <catch2/catch.hpp>
#include <utility>

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
using test::time_at;
using Lines = std::vector<std::string>;

/// `RULE [ADDRESS]: WHAT`.
Lines refused(const Policy& policy, const PolicyFacts& facts, const Plan& plan) {
  Lines lines;
  for (const Refusal& refusal : judge(policy, facts, plan)) {
    CHECK_FALSE(refusal.remedy.empty());
    lines.push_back(refusal.rule + (refusal.address ? " " + refusal.address->text() : "") + ": " +
                    refusal.what);
  }
  return lines;
}

/// `gl-base` is updated, `l10n[FR]` run for the first time, and `ar-print` stays as it is.
Plan release() {
  return planned(desired_of({package_of(identity_of("gl-base", "1.1.0")),
                             package_of(identity_of("l10n[FR]", "2.0.0")),
                             package_of(identity_of("ar-print", "1.0.0"))}),
                 recorded_of({{at("gl-base"), success_of(identity_of("gl-base", "1.0.0"))},
                              {at("ar-print"), success_of(identity_of("ar-print", "1.0.0"))}}));
}

/// The same with nothing to do.
Plan idle() {
  return planned(desired_of({package_of(identity_of("gl-base", "1.0.0"))}),
                 recorded_of({{at("gl-base"), success_of(identity_of("gl-base", "1.0.0"))}}));
}

/// A plan that removes `old` and forgets `lost`.
Plan removal() {
  return planned(
      desired_of({package_of(identity_of("base", "1.0.0"))}),
      recorded_of({{at("base"), success_of(identity_of("base", "1.0.0"))},
                   {at("old"), success_of(identity_of("old", "1.0.0"), {}, {"uninstall"})},
                   {at("lost"), test::only(Status::failed, identity_of("lost", "1.0.0"))}}));
}

Signer signer(const std::string& name) {
  return {name, {name}, "SHA256:" + name};
}

TEST_CASE("without rules nothing is refused") {
  CHECK(refused({}, {}, release()).empty());
}

TEST_CASE("nothing is removed unless policy allows it") {
  CHECK(refused({}, {}, removal()) == Lines{"allow_removal old: 'old' would be removed"});
  CHECK(refused({.allow_removal = true}, {}, removal()).empty());
}

TEST_CASE("content that changes under a version is an update where policy has mutable_versions") {
  const RecordedState recorded =
      recorded_of({{at("base"), success_of(identity_of("base", "1.0.0"))}});
  Identity changed = identity_of("base", "1.0.0");
  changed.content = Digest::of("other");
  DesiredState desired = desired_of({package_of(changed)});
  CHECK_FALSE(make_plan(desired, recorded, {}));
  desired.rules.mutable_versions = true;
  const Plan plan = planned(desired, recorded);
  CHECK(lines_of(plan) == Lines{"base update content_changed"});
  CHECK(refused(desired.rules, {}, plan).empty());
  CHECK(refused({}, {}, plan) ==
        Lines{"mutable_versions base: the content of 'base' 1.0.0 changed under its version"});
}

TEST_CASE("exact_versions takes neither ranges nor track") {
  const Policy policy{.exact_versions = true};
  CHECK(refused(policy, {}, release()).empty());
  CHECK(refused(policy, {.ranges = {{"gl-base", "^1.0"}}, .tracks_all = true}, release()) ==
        Lines{"exact_versions: 'track: all' takes whatever version is the newest",
              "exact_versions gl-base: 'gl-base' is desired at '^1.0', which is a range"});
  CHECK(refused({}, {.tracks_all = true}, release()).empty());
}

TEST_CASE("locked takes a lock file") {
  const Policy policy{.locked = true};
  CHECK(refused(policy, {.has_lock = true}, release()).empty());
  CHECK(refused(policy, {}, release()) == Lines{"locked: environments/prod.lock.json is missing"});
}

TEST_CASE("require looks at the manifests of what would run") {
  Policy policy;
  policy.require = {{"change_ticket", "CHG[0-9]{7}"}, {"owner", std::nullopt}};
  PolicyFacts facts;
  facts.manifests["gl-base"].fields = {{"change_ticket", "CHG0012345"}, {"owner", "finance"}};
  facts.manifests["l10n"] = facts.manifests["gl-base"];
  CHECK(refused(policy, facts, release()).empty());
  facts.manifests["gl-base"].fields = {{"change_ticket", "see CHG0012345"}, {"owner", "finance"}};
  facts.manifests["l10n"].fields = {{"change_ticket", "CHG0012345"}};
  CHECK(refused(policy, facts, release()) ==
        Lines{"require gl-base: the manifest of 'gl-base' 1.1.0 has the 'change_ticket' 'see "
              "CHG0012345', which does not match 'CHG[0-9]{7}'",
              "require l10n[FR]: the manifest of 'l10n[FR]' 2.0.0 has no 'owner'"});
}

TEST_CASE("types are those that may run") {
  Policy policy;
  policy.types = {PackageType::configuration, PackageType::localization};
  PolicyFacts facts;
  facts.manifests["gl-base"].type = PackageType::configuration;
  facts.manifests["l10n"].type = PackageType::localization;
  CHECK(refused(policy, facts, release()).empty());
  facts.manifests["gl-base"].type = PackageType::modification;
  CHECK(refused(policy, facts, release()) ==
        Lines{"types gl-base: 'gl-base' 1.1.0 is of the type 'modification'"});
}

TEST_CASE("promoted wants a success in the other environment") {
  Policy policy;
  policy.promoted = "test";
  CHECK(refused(policy, {.promoted = {"gl-base", "l10n"}}, release()).empty());
  const Lines lines = refused(policy, {.promoted = {"gl-base"}}, release());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("promoted l10n[FR]: 'l10n[FR]' 2.0.0 (content "));
  CHECK(lines[0].ends_with(") has not succeeded in 'test'"));
  // What is taken away comes from nowhere.
  policy.allow_removal = true;
  CHECK(refused(policy, {}, removal()).empty());
}

TEST_CASE("max_changes counts what is run, removed and forgotten") {
  CHECK(refused({.max_changes = 2}, {}, release()).empty());
  CHECK(refused({.max_changes = 1}, {}, release()) ==
        Lines{"max_changes: 2 changes are due, and at most 1 may be"});
  CHECK(refused({.allow_removal = true, .max_changes = 1}, {}, removal()) ==
        Lines{"max_changes: 2 changes are due, and at most 1 may be"});
  CHECK(refused({.allow_removal = true, .max_changes = 2}, {}, removal()).empty());
}

TEST_CASE("signed_packages looks at all whose programs run") {
  Policy policy;
  policy.signed_packages = SignerRule{};
  PolicyFacts facts;
  facts.package_signatures.emplace(at("gl-base"), signer("ci@build.acme.com"));
  facts.package_signatures.emplace(at("l10n[FR]"), NoSigner{"its key is revoked"});
  CHECK(refused(policy, facts, release()) ==
        Lines{"signed_packages l10n[FR]: 'l10n[FR]' 2.0.0: its key is revoked"});
  facts.package_signatures.at(at("l10n[FR]")) = signer("jane@acme.com");
  CHECK(refused(policy, facts, release()).empty());
  policy.signed_packages->by = {"*@build.acme.com"};
  CHECK(refused(policy, facts, release()) ==
        Lines{"signed_packages l10n[FR]: 'l10n[FR]' 2.0.0: it is signed by 'jane@acme.com', who "
              "is none of *@build.acme.com"});
  policy.allow_removal = true;
  CHECK(refused(policy, {}, removal()) ==
        Lines{"signed_packages old: 'old' 1.0.0: it is not signed"});
}

TEST_CASE("signed_commits looks at each commit on the way") {
  Policy policy;
  policy.signed_commits = SignerRule{};
  const std::string first = "1111111111111111111111111111111111111111";
  const std::string second = "2222222222222222222222222222222222222222";
  PolicyFacts facts;
  facts.commits = {{first, signer("jane@acme.com")}, {second, NoSigner{"it is not signed"}}};
  CHECK(refused(policy, facts, release()) ==
        Lines{"signed_commits: commit 222222222222: it is not signed"});
  facts.commits.pop_back();
  CHECK(refused(policy, facts, release()).empty());
  policy.signed_commits->by = {"*@example.com"};
  CHECK(refused(policy, facts, release()).size() == 1);
  Plan working_tree = release();
  working_tree.commit.reset();
  CHECK(refused({.signed_commits = SignerRule{}}, {}, working_tree) ==
        Lines{"signed_commits: what is not committed is signed by nobody"});
}

const Timestamp kNow = time_at("2026-11-26T12:00:00.000Z");

GivenApproval approval(const std::string& name, const char* time = "2026-11-26T11:00:00.000Z") {
  return {signer(name), time_at(time)};
}

Policy two_approvals() {
  Policy policy;
  policy.approvals = ApprovalRule{.count = 2};
  return policy;
}

TEST_CASE("approvals are counted by person") {
  PolicyFacts facts{.now = kNow};
  CHECK(refused(two_approvals(), facts, release()) ==
        Lines{"approvals: it has 0 of the 2 approvals that it needs"});
  facts.approvals = {approval("ann@acme.com"), approval("ann@acme.com")};
  CHECK(refused(two_approvals(), facts, release()) ==
        Lines{"approvals: it has 1 of the 2 approvals that it needs (ann@acme.com)"});
  // Another key of hers, and another name for the same key.
  facts.approvals[1].signature = Signer{"a@acme.com", {"a@acme.com", "ann@acme.com"}, "SHA256:x"};
  CHECK(refused(two_approvals(), facts, release()).size() == 1);
  facts.approvals[1].signature = Signer{"eve@acme.com", {"eve@acme.com"}, "SHA256:ann@acme.com"};
  CHECK(refused(two_approvals(), facts, release()).size() == 1);
  facts.approvals[1] = approval("bob@acme.com");
  CHECK(refused(two_approvals(), facts, release()).empty());
}

TEST_CASE("an approval that does not count says why") {
  const auto why = [](const Policy& policy, GivenApproval given) {
    PolicyFacts facts{.now = kNow};
    facts.approvals = {std::move(given)};
    facts.commits = {{"1111", signer("author@acme.com"), "writer@acme.com"}};
    facts.package_signatures.emplace(at("gl-base"), signer("builder@acme.com"));
    Lines lines = refused(policy, facts, release());
    REQUIRE(lines.size() == 1);
    return lines[0].substr(lines[0].find("; ") + 2);
  };
  const auto of_bob = [](const std::string& rest) {
    return "that of 'bob@acme.com' does not count: " + rest;
  };
  Policy policy = two_approvals();
  CHECK(why(policy, approval("bob@acme.com", "2026-11-19T11:59:59.999Z")) ==
        of_bob("it has expired"));
  CHECK(why(policy, approval("bob@acme.com", "2026-11-26T12:05:00.001Z")) ==
        of_bob("it was given in the future"));
  GivenApproval other = approval("bob@acme.com");
  other.why_not = "it is of another plan";
  CHECK(why(policy, other) == of_bob("it is of another plan"));
  other.signature = NoSigner{"the key SHA256:x is revoked"};
  CHECK(why(policy, other) == "the key SHA256:x is revoked");
  policy.approvals->by = {"*@board.acme.com"};
  CHECK(why(policy, approval("bob@acme.com")) == of_bob("none of *@board.acme.com"));
  policy.approvals->by.clear();
  policy.approvals->not_commit_author = policy.approvals->not_package_author = true;
  CHECK(why(policy, approval("author@acme.com")) ==
        "that of 'author@acme.com' does not count: a commit of the change is theirs");
  CHECK(why(policy, approval("Writer@acme.com")) ==
        "that of 'Writer@acme.com' does not count: a commit of the change is theirs");
  CHECK(why(policy, approval("builder@acme.com")) ==
        "that of 'builder@acme.com' does not count: a package of the change is theirs");
}

TEST_CASE("authors may approve where the rule does not say otherwise") {
  PolicyFacts facts{.now = kNow};
  facts.approvals = {approval("ann@acme.com"), approval("bob@acme.com")};
  facts.commits = {{"1111", signer("ann@acme.com")}};
  CHECK(refused(two_approvals(), facts, release()).empty());
}

TEST_CASE("a plan without work is not refused") {
  Policy policy = two_approvals();
  policy.exact_versions = policy.locked = true;
  CHECK(refused(policy, {.tracks_all = true}, idle()).empty());
}

TEST_CASE("a plan that records a policy alone is judged, too") {
  Plan plan = idle();
  plan.policy_change = PolicyChange{Digest::of("before"), {}, true};
  CHECK(refused(two_approvals(), {.now = kNow}, plan).size() == 1);
  CHECK(refused({.max_changes = 1}, {}, plan).empty());
  plan.policy_change->is_due = false;
  CHECK(refused(two_approvals(), {.now = kNow}, plan).empty());
}

TEST_CASE("what two policies refuse stands there once") {
  const Refusal shared{"types", at("a"), "what", "remedy"};
  const Refusal old_one{"locked", std::nullopt, "no lock", "remedy"};
  const Refusal new_one{"max_changes", std::nullopt, "many", "remedy"};
  const auto joined = join_refusals({old_one, shared}, {shared, new_one});
  REQUIRE(joined.size() == 3);
  CHECK(joined[0].rule == "locked");
  CHECK(joined[0].by == Refusal::By::converged);
  CHECK(joined[1] == shared);
  CHECK(joined[2].rule == "max_changes");
  CHECK(joined[2].by == Refusal::By::planned);
}

TEST_CASE("nobody looks for what no rule asks") {
  const WantedFacts nothing = facts_wanted_by({.allow_removal = true, .locked = true});
  CHECK_FALSE((nothing.manifests || nothing.promotions || nothing.package_signatures ||
               nothing.commits || nothing.approvals));
  Policy policy;
  policy.require = {{"owner", std::nullopt}};
  policy.promoted = "test";
  CHECK(facts_wanted_by(policy).manifests);
  CHECK(facts_wanted_by(policy).fields == std::set<std::string>{"owner"});
  CHECK(facts_wanted_by(policy).promotions);
  Policy approvals = two_approvals();
  CHECK(facts_wanted_by(approvals).approvals);
  CHECK_FALSE(facts_wanted_by(approvals).commits);
  approvals.approvals->not_commit_author = approvals.approvals->not_package_author = true;
  CHECK(facts_wanted_by(approvals).commits);
  CHECK(facts_wanted_by(approvals).package_signatures);
}

/// A record whose last converged run had this policy.
RecordedState converged_with(const Digest& policy) {
  RecordedState recorded = recorded_of({{at("base"), success_of(identity_of("base", "1.0.0"))}});
  recorded.converged->policy = policy;
  return recorded;
}

TEST_CASE("a policy that differs from the recorded one is a change of its own") {
  const DesiredState desired = desired_of({package_of(identity_of("base", "1.0.0"))});
  CHECK_FALSE(planned(desired, converged_with(desired.policy)).has_changes());
  const Plan plan = planned(desired, converged_with(Digest::of("before")));
  CHECK(plan.policy_change == PolicyChange{Digest::of("before"), {}, true});
  CHECK(plan.has_changes());
  CHECK(plan.has_work());
  CHECK(lines_of(plan) == Lines{"base none"});
}

TEST_CASE("a policy that was never recorded is one where there are rules and a record") {
  DesiredState desired = desired_of({package_of(identity_of("base", "1.0.0"))});
  RecordedState recorded = converged_with(Digest::of("x"));
  recorded.converged.reset();
  CHECK(planned(desired, recorded).policy_change == PolicyChange{std::nullopt, {}, true});
  desired.policy = policy_digest({});
  CHECK_FALSE(planned(desired, recorded).policy_change);
  desired.policy = Digest::of("policy");
  RecordedState nothing;
  nothing.environment = "prod";
  CHECK_FALSE(planned(desired, nothing).policy_change);
}

TEST_CASE("a policy waits while it could not be recorded") {
  const DesiredState desired = desired_of({package_of(identity_of("base", "1.0.0")),
                                           package_of(identity_of("next", "1.0.0"), {"base"})});
  RecordedState recorded = converged_with(Digest::of("before"));
  CHECK(planned(desired, recorded).policy_change->is_due);
  const auto part = make_plan(desired, recorded, {.selection = {.targets = {at("base")}}});
  REQUIRE(part);
  CHECK_FALSE(part->policy_change->is_due);
  CHECK_FALSE(part->has_work());
  RecordedState suspended = recorded;
  suspended.suspension = test::jane_says("audit");
  CHECK_FALSE(planned(desired, suspended).policy_change->is_due);
  recorded.addresses.emplace(at("next"),
                             test::only(Status::interrupted, identity_of("next", "1.0.0")));
  const Plan blocked = planned(desired, recorded);
  CHECK(lines_of(blocked)[1].starts_with("next blocked"));
  CHECK_FALSE(blocked.policy_change->is_due);
  CHECK_FALSE(blocked.has_work());
}

}  // namespace
}  // namespace cemli
