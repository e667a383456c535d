#include "reconciler/plan/policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "state/base/ascii.h"
#include "state/base/principal_patterns.h"

namespace cemli {
namespace {

/// Clocks of two machines may differ by so much.
constexpr std::chrono::minutes kClockSkew(5);

/// `'gl-base' 1.4.2`.
std::string title_of(const Action& action) {
  return fmt::format("'{}' {}", action.address.text(), action.version);
}

/// Whether it brings an address to what is desired, rather than away from it.
bool brings(const Action& action) {
  return runs_programs(action.kind) && action.kind != ActionKind::remove && action.desired;
}

/// Whether a rule takes what this signer signs.
bool takes(const std::vector<std::string>& by, const Signer& signer) {
  return by.empty() || matches_principals(signer.names, by);
}

/// Why a signature does not satisfy a rule; nothing where it does.
std::optional<std::string> misfit_of(const SignatureVerdict& signature, const SignerRule& rule) {
  if (const auto* nobody = std::get_if<NoSigner>(&signature)) return nobody->why;
  const Signer& signer = std::get<Signer>(signature);
  if (takes(rule.by, signer)) return std::nullopt;
  return fmt::format("it is signed by '{}', who is none of {}", signer.principal,
                     fmt::join(rule.by, ", "));
}

/// Whether two keys are of one person: they are the same, or share a name.
bool is_same(const Signer& one, const Signer& other) {
  return one.key == other.key ||
         std::any_of(one.names.begin(), one.names.end(), [&](const std::string& name) {
           return std::find(other.names.begin(), other.names.end(), name) != other.names.end();
         });
}

bool is_by(const Signer& signer, const SignatureVerdict& signature) {
  const auto* author = std::get_if<Signer>(&signature);
  return author != nullptr && is_same(signer, *author);
}

/// Whether a commit that touched the environment is this signer's, as its signature or its author
/// has it.
bool is_author(const Signer& signer, const CommitVerdict& commit) {
  if (commit.author.empty()) return false;
  return is_by(signer, commit.signature) ||
         std::any_of(signer.names.begin(), signer.names.end(), [&](const std::string& name) {
           return lower_case(name) == lower_case(commit.author);
         });
}

/// Why an approval does not count; nothing where it does.
std::optional<std::string> misfit_of(const GivenApproval& approval, const Signer& signer,
                                     const ApprovalRule& rule, const PolicyFacts& facts) {
  if (!approval.why_not.empty()) return approval.why_not;
  if (!takes(rule.by, signer)) return fmt::format("none of {}", fmt::join(rule.by, ", "));
  if (approval.time > facts.now + kClockSkew) return "it was given in the future";
  if (facts.now - approval.time > rule.expire) return "it has expired";
  if (rule.not_commit_author &&
      std::any_of(facts.commits.begin(), facts.commits.end(),
                  [&](const CommitVerdict& commit) { return is_author(signer, commit); })) {
    return "a commit of the change is theirs";
  }
  if (rule.not_package_author &&
      std::any_of(facts.package_signatures.begin(), facts.package_signatures.end(),
                  [&](const auto& package) { return is_by(signer, package.second); })) {
    return "a package of the change is theirs";
  }
  return std::nullopt;
}

/// Approvals that count, one a person, and why others do not.
struct ApprovalCount {
  std::vector<const GivenApproval*> people;
  std::vector<std::string> others;
};

ApprovalCount count_approvals(const ApprovalRule& rule, const PolicyFacts& facts) {
  ApprovalCount count;
  for (const GivenApproval& approval : facts.approvals) {
    const auto* signer = std::get_if<Signer>(&approval.signature);
    if (signer == nullptr) {
      count.others.push_back(std::get<NoSigner>(approval.signature).why);
    } else if (const auto why = misfit_of(approval, *signer, rule, facts)) {
      count.others.push_back(
          fmt::format("that of '{}' does not count: {}", signer->principal, *why));
    } else if (std::none_of(count.people.begin(), count.people.end(),
                            [&](const GivenApproval* known) {
                              return is_same(std::get<Signer>(known->signature), *signer);
                            })) {
      count.people.push_back(&approval);
    }
  }
  return count;
}

/// Judges by the rules that are about all of a plan.
class WholeJudge {
 public:
  WholeJudge(const Policy& policy, const PolicyFacts& facts, const Plan& plan)
      : policy_(policy), facts_(facts), plan_(plan) {}

  std::vector<Refusal> run() {
    if (policy_.exact_versions) judge_versions();
    if (policy_.locked && !facts_.has_lock) {
      refuse("locked", fmt::format("environments/{}.lock.json is missing", plan_.environment),
             fmt::format("write it with 'cemli lock -e {}' and commit it", plan_.environment));
    }
    if (policy_.signed_commits) judge_commits(*policy_.signed_commits);
    if (policy_.approvals) judge_approvals(*policy_.approvals);
    if (policy_.max_changes) judge_changes(*policy_.max_changes);
    return std::move(refusals_);
  }

 private:
  void refuse(std::string rule, std::string what, std::string remedy,
              std::optional<Address> address = std::nullopt) {
    refusals_.push_back({std::move(rule), std::move(address), std::move(what), std::move(remedy)});
  }

  void judge_versions() {
    if (facts_.tracks_all) {
      refuse("exact_versions", "'track: all' takes whatever version is the newest",
             fmt::format("name each package with its version in environments/{}.yaml, and leave "
                         "'track' out",
                         plan_.environment));
    }
    for (const auto& [package, range] : facts_.ranges) {
      auto address = Address::make(package, std::nullopt);
      refuse("exact_versions",
             fmt::format("'{}' is desired at '{}', which is a range", package, range),
             fmt::format("name one version in environments/{}.yaml", plan_.environment),
             address ? std::optional(*std::move(address)) : std::nullopt);
    }
  }

  void judge_commits(const SignerRule& rule) {
    constexpr std::string_view kRemedy =
        "sign it with a key of environments/allowed_signers: git commit --amend -S";
    if (!plan_.commit)
      refuse("signed_commits", "what is not committed is signed by nobody", "commit it, signed");
    for (const CommitVerdict& commit : facts_.commits) {
      if (const auto why = cemli::misfit_of(commit.signature, rule))
        refuse("signed_commits", fmt::format("commit {}: {}", commit.commit.substr(0, 12), *why),
               std::string(kRemedy));
    }
  }

  void judge_approvals(const ApprovalRule& rule) {
    const ApprovalCount count = count_approvals(rule, facts_);
    if (count.people.size() >= rule.count) return;
    std::string what = fmt::format("it has {} of the {} approval{} that it needs",
                                   count.people.size(), rule.count, rule.count == 1 ? "" : "s");
    const char* separator = " (";
    for (const GivenApproval* approval : count.people)
      what += std::exchange(separator, ", ") + std::get<Signer>(approval->signature).principal;
    if (!count.people.empty()) what += ")";
    for (const std::string& other : count.others) what += "; " + other;
    refuse(
        "approvals", std::move(what),
        fmt::format("cemli plan -e {} -o FILE, and 'cemli approve FILE' by {}", plan_.environment,
                    rule.by.empty() ? "a signer of environments/allowed_signers"
                                    : fmt::format("{}", fmt::join(rule.by, ", "))));
  }

  void judge_changes(std::uint64_t most) {
    const auto changes =
        std::count_if(plan_.actions.begin(), plan_.actions.end(), [](const Action& action) {
          return runs_programs(action.kind) || action.kind == ActionKind::forget;
        });
    if (static_cast<std::uint64_t>(changes) <= most) return;
    refuse("max_changes", fmt::format("{} changes are due, and at most {} may be", changes, most),
           "apply it in parts with --target, or raise 'max_changes' first");
  }

  const Policy& policy_;
  const PolicyFacts& facts_;
  const Plan& plan_;
  std::vector<Refusal> refusals_;
};

/// Judges by the rules that are about one action each.
class ActionJudge {
 public:
  ActionJudge(const Policy& policy, const PolicyFacts& facts) : policy_(policy), facts_(facts) {
    for (const auto& [field, pattern] : policy.require)
      patterns_.emplace_back(field,
                             pattern ? std::make_unique<RE2>(*pattern, RE2::Quiet) : nullptr);
    for (const PackageType type : policy.types) types_.emplace_back(word_of(type));
  }

  void judge(const Action& action) {
    action_ = &action;
    if (action.kind == ActionKind::remove && !policy_.allow_removal) {
      refuse("allow_removal", fmt::format("'{}' would be removed", action.address.text()),
             "set 'allow_removal: true' under 'policy:' in the environment file, or desire it "
             "again");
    }
    if (brings(action)) judge_desired(*action.desired);
    if (policy_.signed_packages && runs_programs(action.kind)) judge_signature();
  }

  std::vector<Refusal> take() { return std::move(refusals_); }

 private:
  void refuse(std::string rule, std::string what, std::string remedy) {
    refusals_.push_back({std::move(rule), action_->address, std::move(what), std::move(remedy)});
  }

  void judge_desired(const DesiredPackage& desired) {
    const bool is_mutated =
        std::any_of(action_->reasons.begin(), action_->reasons.end(),
                    [](const Reason& reason) { return reason.code == "content_changed"; });
    if (is_mutated && !policy_.mutable_versions) {
      refuse("mutable_versions",
             fmt::format("the content of {} changed under its version", title_of(*action_)),
             "publish the new content under a new version, or desire the old content again");
    }
    if (const auto found = facts_.manifests.find(action_->address.name());
        found != facts_.manifests.end()) {
      judge_manifest(found->second);
    }
    if (policy_.promoted && !facts_.promoted.contains(action_->address.name())) {
      refuse("promoted",
             fmt::format("{} (content {}) has not succeeded in '{}'", title_of(*action_),
                         desired.identity.content.abbreviated(), *policy_.promoted),
             fmt::format("apply it there first: cemli apply -e {}", *policy_.promoted));
    }
  }

  void judge_manifest(const ManifestFacts& manifest) {
    if (!policy_.types.empty() && !policy_.types.contains(manifest.type)) {
      refuse("types",
             fmt::format("{} is of the type '{}'", title_of(*action_), word_of(manifest.type)),
             fmt::format("only these may run here: {}", fmt::join(types_, ", ")));
    }
    for (const auto& [field, pattern] : patterns_) {
      const auto found = manifest.fields.find(field);
      if (found == manifest.fields.end()) {
        refuse("require", fmt::format("the manifest of {} has no '{}'", title_of(*action_), field),
               "publish a new version that says it");
      } else if (pattern != nullptr && !RE2::FullMatch(found->second, *pattern)) {
        refuse("require",
               fmt::format("the manifest of {} has the '{}' '{}', which does not match '{}'",
                           title_of(*action_), field, found->second, pattern->pattern()),
               "publish a new version in which it does");
      }
    }
  }

  void judge_signature() {
    const auto found = facts_.package_signatures.find(action_->address);
    const SignatureVerdict signature =
        found != facts_.package_signatures.end() ? found->second : NoSigner{"it is not signed"};
    if (const auto why = cemli::misfit_of(signature, *policy_.signed_packages)) {
      refuse("signed_packages", fmt::format("{}: {}", title_of(*action_), *why),
             fmt::format("sign it with a key of environments/allowed_signers: cemli package sign "
                         "{}@{}",
                         action_->address.name(), action_->version));
    }
  }

  const Policy& policy_;
  const PolicyFacts& facts_;
  std::vector<std::pair<std::string, std::unique_ptr<RE2>>> patterns_;
  std::vector<std::string> types_;
  const Action* action_ = nullptr;
  std::vector<Refusal> refusals_;
};

}  // namespace

WantedFacts facts_wanted_by(const Policy& policy) {
  WantedFacts wanted;
  wanted.manifests = !policy.types.empty() || !policy.require.empty();
  for (const auto& requirement : policy.require) wanted.fields.insert(requirement.first);
  wanted.promotions = policy.promoted.has_value();
  const auto& approvals = policy.approvals;
  wanted.package_signatures =
      policy.signed_packages || (approvals && approvals->not_package_author);
  wanted.commits = policy.signed_commits || (approvals && approvals->not_commit_author);
  wanted.approvals = approvals.has_value();
  return wanted;
}

std::vector<Refusal> judge(const Policy& policy, const PolicyFacts& facts, const Plan& plan) {
  if (!plan.has_work()) return {};
  std::vector<Refusal> refusals = WholeJudge(policy, facts, plan).run();
  ActionJudge by_action(policy, facts);
  for (const Action& action : plan.actions) by_action.judge(action);
  std::vector<Refusal> rest = by_action.take();
  std::move(rest.begin(), rest.end(), std::back_inserter(refusals));
  return refusals;
}

std::vector<UsedApproval> counting_approvals(const Policy& policy, const PolicyFacts& facts) {
  std::vector<UsedApproval> used;
  if (!policy.approvals) return used;
  for (const GivenApproval* approval : count_approvals(*policy.approvals, facts).people) {
    const Signer& signer = std::get<Signer>(approval->signature);
    used.push_back({signer.principal, signer.key, approval->statement});
  }
  return used;
}

std::vector<Refusal> join_refusals(std::vector<Refusal> converged, std::vector<Refusal> planned) {
  const auto key_of = [](const Refusal& refusal) {
    return std::tuple(refusal.rule, refusal.address, refusal.what, refusal.remedy);
  };
  using Key = decltype(key_of(std::declval<const Refusal&>()));
  std::set<Key> by_planned;
  for (const Refusal& refusal : planned) by_planned.insert(key_of(refusal));
  std::set<Key> by_both;
  for (Refusal& refusal : converged) {
    if (by_planned.contains(key_of(refusal))) {
      by_both.insert(key_of(refusal));
    } else {
      refusal.by = Refusal::By::converged;
    }
  }
  for (Refusal& refusal : planned) {
    if (by_both.contains(key_of(refusal))) continue;
    refusal.by = Refusal::By::planned;
    converged.push_back(std::move(refusal));
  }
  return converged;
}

}  // namespace cemli
