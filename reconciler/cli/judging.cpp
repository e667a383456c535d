#include "reconciler/cli/judging.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reconciler/cli/policy_facts.h"
#include "reconciler/cli/signature_facts.h"
#include "reconciler/plan/policy.h"
#include "state/base/clock.h"

namespace cemli {
namespace {

/// Rules and signers, and the files beside them.
struct Rules {
  Policy policy;
  Signers signers;
  std::shared_ptr<const FileTree> tree;
};

/// The rules of a commit that this repository does not have.
struct Unreadable {
  std::string commit;
};

/// Nothing where they are those of what is planned.
using RulesBefore = std::variant<std::monostate, Rules, Unreadable>;

class Judging {
 public:
  Judging(const EnvironmentContext& context, const DesiredState& desired,
          const RecordedState& recorded, Plan& plan)
      : context_(context), desired_(desired), recorded_(recorded), plan_(plan) {}

  Result<void> run() {
    if (!plan_.has_work() && !plan_.policy_change) return {};
    const Rules planned{context_.settings.policy, context_.settings.signers,
                        context_.source->tree()};
    auto before = rules_before(planned.policy);
    if (!before) return std::move(before).error();
    const Rules* converged = std::get_if<Rules>(&*before);
    if (plan_.policy_change && converged != nullptr) {
      plan_.policy_change->what =
          changed_rules(converged->policy, converged->signers, planned.policy, planned.signers);
    }
    if (!plan_.has_work()) return {};
    if (auto found = find_common_facts(planned, converged); !found) return found;
    auto refusals = judge_by(planned);
    if (!refusals) return std::move(refusals).error();
    plan_.refusals = *std::move(refusals);
    if (converged != nullptr) {
      auto also = judge_by(*converged);
      if (!also) return std::move(also).error();
      plan_.refusals = join_refusals(*std::move(also), std::move(plan_.refusals));
    } else if (const auto* missing = std::get_if<Unreadable>(&*before)) {
      plan_.refusals.push_back(refusal_of(*missing));
    }
    return {};
  }

 private:
  /// A clock that was set back makes nothing valid again: what is recorded has been.
  [[nodiscard]] Timestamp time_of_judging() const {
    return recorded_.last_run ? std::max(wall_now(), recorded_.last_run->end) : wall_now();
  }

  Result<RulesBefore> rules_before(const Policy& planned) {
    const auto& converged = recorded_.converged;
    if (!converged || !converged->commit || converged->commit == context_.commit)
      return RulesBefore();
    // Where versions are promoted from stands outside the rules, and is as much a part of them.
    if (converged->policy == plan_.policy && !planned.promoted) return RulesBefore();
    auto tree = context_.repository.files_at(*converged->commit);
    if (!tree) {
      if (tree.error().code() == ErrorCode::not_found)
        return RulesBefore(Unreadable{*converged->commit});
      return std::move(tree).error();
    }
    auto file = read_environment_rules(**tree, context_.settings.environment);
    if (!file) {
      return std::move(file).error().while_doing(
          fmt::format("reading the rules of the last converged {}", tree->get()->description()));
    }
    return RulesBefore(Rules{std::move(file->policy), std::move(file->signers), *std::move(tree)});
  }

  static Refusal refusal_of(const Unreadable& missing) {
    return {"policy", std::nullopt,
            fmt::format("commit {}, the last that converged, is not in this repository, so its "
                        "rules cannot judge the plan",
                        missing.commit.substr(0, 12)),
            "fetch the whole history: git fetch --unshallow", Refusal::By::converged};
  }

  /// What the rules of both have in common: all of it is about what is planned.
  Result<void> find_common_facts(const Rules& planned, const Rules* converged) {
    facts_.now = time_of_judging();
    facts_.tracks_all = desired_.tracks_all;
    facts_.has_lock = context_.source->is_locked();
    facts_.ranges = desired_.ranges;
    WantedFacts wanted = facts_wanted_by(planned.policy);
    if (converged != nullptr) {
      WantedFacts more = facts_wanted_by(converged->policy);
      wanted.manifests = wanted.manifests || more.manifests;
      wanted.fields.merge(more.fields);
    }
    if (!wanted.manifests) return {};
    auto manifests = find_manifests(context_, plan_, wanted.fields);
    if (!manifests) return std::move(manifests).error();
    facts_.manifests = *std::move(manifests);
    return {};
  }

  Result<std::vector<Refusal>> judge_by(const Rules& rules) {
    const WantedFacts wanted = facts_wanted_by(rules.policy);
    if (wanted.promotions) {
      if (auto found = find_promotions(rules); !found) return std::move(found).error();
    }
    if (found_for_ != rules.signers) {
      found_ = {};
      approvals_expire_.reset();
      found_for_ = rules.signers;
    }
    if (wanted.package_signatures && !std::exchange(found_.package_signatures, true)) {
      auto found = find_package_signatures(context_, rules.signers, plan_, recorded_, facts_.now);
      if (!found) return std::move(found).error();
      facts_.package_signatures = *std::move(found);
    }
    if (wanted.commits && !std::exchange(found_.commits, true)) {
      auto found = find_commit_signatures(context_, rules.signers, recorded_, facts_.now);
      if (!found) return std::move(found).error();
      facts_.commits = *std::move(found);
    }
    if (wanted.approvals && std::exchange(approvals_expire_, rules.policy.approvals->expire) !=
                                rules.policy.approvals->expire) {
      // From further back than they last, so that of one that has just expired this is told.
      auto found = find_approvals(context_, rules.signers, plan_, recorded_,
                                  facts_.now - 2 * rules.policy.approvals->expire, facts_.now);
      if (!found) return std::move(found).error();
      facts_.approvals = *std::move(found);
    }
    for (UsedApproval& used : counting_approvals(rules.policy, facts_)) {
      if (std::find(plan_.approvals.begin(), plan_.approvals.end(), used) == plan_.approvals.end())
        plan_.approvals.push_back(std::move(used));
    }
    return judge(rules.policy, facts_, plan_);
  }

  /// The same source is asked once.
  Result<void> find_promotions(const Rules& rules) {
    auto source = find_promotion_source(*rules.tree, *rules.policy.promoted);
    if (!source) return std::move(source).error();
    if (source_ == *source) return {};
    auto found = find_promoted(context_, *source, plan_);
    if (!found) return std::move(found).error();
    source_ = *std::move(source);
    facts_.promoted = *std::move(found);
    return {};
  }

  const EnvironmentContext& context_;
  const DesiredState& desired_;
  const RecordedState& recorded_;
  Plan& plan_;
  PolicyFacts facts_;
  /// What of signatures was found already, by whose word, and how far back for approvals: what both
  /// rules judge by is looked for once.
  WantedFacts found_;
  std::optional<Signers> found_for_;
  std::optional<std::chrono::milliseconds> approvals_expire_;
  /// What `facts_.promoted` was found in.
  std::optional<PromotionSource> source_;
};

}  // namespace

Result<void> judge_plan(const EnvironmentContext& context, const DesiredState& desired,
                        const RecordedState& recorded, Plan& plan) {
  return Judging(context, desired, recorded, plan).run();
}

}  // namespace cemli
