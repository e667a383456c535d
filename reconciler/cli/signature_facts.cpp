#include "reconciler/cli/signature_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "reconciler/desired/commit_signatures.h"
#include "reconciler/desired/signer_files.h"
#include "reconciler/package/package_lookup.h"
#include "reconciler/package/package_signatures.h"
#include "reconciler/plan/approval_cover.h"
#include "reconciler/plan/saved_plan.h"
#include "state/approval_store.h"
#include "state/base/signature_checker.h"

namespace cemli {
namespace {

NoSigner nobody_counts() {
  return {"environments/allowed_signers is missing, so nobody's signature counts"};
}

/// What is to be signed of each address; nothing where the version that is to be removed is no
/// longer published as it ran.
using Wanted = std::vector<std::pair<Address, std::optional<WantedPackage>>>;

Result<WantedPackage> wanted_of(const Identity& identity, const Digest& zip_digest) {
  auto version = Version::parse(identity.version);
  if (!version) return std::move(version).error();
  return WantedPackage{identity.address.name(), *std::move(version), identity.content, zip_digest};
}

/// Of what a plan removes the record has the content alone, so its zip is looked up.
Result<std::optional<WantedPackage>> wanted_for_removal(Store& packages, const Identity& identity) {
  auto version = Version::parse(identity.version);
  if (!version) return std::move(version).error();
  const std::array<PackageVersion, 1> versions{PackageVersion{identity.address.name(), *version}};
  std::optional<WantedPackage> found;
  auto looked =
      look_up_packages(packages, versions,
                       [&](std::size_t, std::optional<PublishedPackage> package) -> Result<void> {
                         if (package && package->content == identity.content)
                           found = wanted(*package);
                         return {};
                       });
  if (!looked) return std::move(looked).error();
  return found;
}

Result<Wanted> find_wanted(Store& packages, const Plan& plan, const RecordedState& recorded) {
  Wanted all;
  for (const Action& action : plan.actions) {
    if (!runs_programs(action.kind)) continue;
    if (action.kind != ActionKind::remove) {
      auto wanted = wanted_of(action.desired->identity, action.desired->zip_digest);
      if (!wanted) return std::move(wanted).error();
      all.emplace_back(action.address, *std::move(wanted));
      continue;
    }
    const auto record = recorded.addresses.find(action.address);
    std::optional<WantedPackage> removed;
    if (record != recorded.addresses.end() && record->second.last_success) {
      auto found = wanted_for_removal(packages, record->second.last_success->identity);
      if (!found) return std::move(found).error();
      removed = *std::move(found);
    }
    all.emplace_back(action.address, std::move(removed));
  }
  return all;
}

/// An approval as far as it can be judged without asking whose it is.
struct ReadApproval {
  KeptApproval kept;
  /// Absent where it cannot be read.
  std::optional<ApprovalStatement> statement;
  std::string why_not;
};

/// Judges what is kept of one environment's approvals against one plan.
class ApprovalJudge {
 public:
  ApprovalJudge(const EnvironmentContext& context, const Plan& plan, const RecordedState& recorded)
      : context_(context), plan_(plan), recorded_(recorded) {}

  Result<ReadApproval> read(KeptApproval kept) {
    auto statement = decode_approval(kept.statement);
    if (!statement) return ReadApproval{std::move(kept), std::nullopt, statement.error().message()};
    auto why_not = why_it_does_not_cover(*statement);
    if (!why_not) return std::move(why_not).error();
    return ReadApproval{std::move(kept), *std::move(statement), *std::move(why_not)};
  }

 private:
  Result<std::string> why_it_does_not_cover(const ApprovalStatement& statement) {
    // Its plan's key is made of that name.
    if (statement.environment != plan_.environment)
      return fmt::format("it is for environment '{}'", statement.environment);
    auto approved = plan_of(reference_of_plan(statement));
    if (!approved) return std::move(approved).error();
    if (!**approved)
      return std::string("the plan that it is of is not kept with it, or was altered");
    const auto reasons = why_not_covered(***approved, statement, plan_, recorded_);
    if (reasons.empty()) return std::string();
    return reasons.size() == 1
               ? reasons.front()
               : fmt::format("{}, and {} more", reasons.front(), reasons.size() - 1);
  }

  /// Each plan is read once.
  Result<const std::optional<SavedPlan>*> plan_of(const ObjectReference& object) {
    if (const auto known = plans_.find(object.digest); known != plans_.end()) return &known->second;
    auto text = read_approved_plan(*context_.results, object);
    if (!text) return std::move(text).error();
    std::optional<SavedPlan> plan;
    if (*text) {
      if (auto decoded = decode_plan(**text, "the approved plan")) plan = *std::move(decoded);
    }
    return &plans_.emplace(object.digest, std::move(plan)).first->second;
  }

  const EnvironmentContext& context_;
  const Plan& plan_;
  const RecordedState& recorded_;
  std::map<Digest, std::optional<SavedPlan>> plans_;
};

Result<GivenApproval> given_of(ReadApproval read, SignatureChecker& checker) {
  if (!read.statement)
    return GivenApproval{NoSigner{std::move(read.why_not)}, {}, "it cannot be read"};
  auto signature = checker.check({read.kept.statement, read.kept.signature, kApprovalNamespace});
  if (!signature) return std::move(signature).error();
  return GivenApproval{*std::move(signature),
                       read.statement->time,
                       std::move(read.why_not),
                       {std::move(read.kept.key), Digest::of(read.kept.statement)}};
}

}  // namespace

Result<std::map<Address, SignatureVerdict>> find_package_signatures(
    const EnvironmentContext& context, const Signers& signers, const Plan& plan,
    const RecordedState& recorded, Timestamp now) {
  auto wanted = find_wanted(*context.packages, plan, recorded);
  if (!wanted) return std::move(wanted).error();
  std::map<Address, SignatureVerdict> verdicts;
  std::vector<WantedPackage> known;
  for (const auto& [address, package] : *wanted) {
    verdicts.emplace(address, NoSigner{"it is no longer published as it ran"});
    if (package) known.push_back(*package);
  }
  const auto files = files_of(signers);
  if (!files) {
    for (auto& verdict : verdicts) verdict.second = nobody_counts();
    return verdicts;
  }
  auto found = find_package_signers(*context.packages, known, *files, now);
  if (!found) return std::move(found).error();
  auto next = found->begin();
  for (const auto& [address, package] : *wanted) {
    if (package) verdicts.at(address) = std::move(*next++);
  }
  return verdicts;
}

Result<std::vector<CommitVerdict>> find_commit_signatures(const EnvironmentContext& context,
                                                          const Signers& signers,
                                                          const RecordedState& recorded,
                                                          Timestamp now) {
  if (!context.commit) return std::vector<CommitVerdict>();
  std::optional<std::string> base;
  if (recorded.converged) base = recorded.converged->commit;
  const std::string& environment = context.settings.environment;
  const std::array<std::string, 4> paths{environment_path(environment), lock_path(environment),
                                         std::string(kAllowedSigners), std::string(kRevokedKeys)};
  auto commits = context.repository.commits_since(base, *context.commit, paths);
  if (!commits) return std::move(commits).error();
  std::vector<std::string> ids;
  for (const CommitFacts& commit : *commits) ids.push_back(commit.id);
  std::vector<SignatureVerdict> signatures(ids.size(), nobody_counts());
  if (const auto files = files_of(signers)) {
    auto judged = judge_commits(context.repository, ids, *files, now);
    if (!judged) return std::move(judged).error();
    signatures = *std::move(judged);
  }
  std::vector<CommitVerdict> verdicts;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CommitFacts& commit = (*commits)[i];
    verdicts.push_back({std::move(commit.id), std::move(signatures[i]),
                        commit.touched.empty() ? "" : std::move(commit.author_email)});
  }
  return verdicts;
}

Result<std::vector<GivenApproval>> find_approvals(const EnvironmentContext& context,
                                                  const Signers& signers, const Plan& plan,
                                                  const RecordedState& recorded, Timestamp since,
                                                  Timestamp now) {
  const auto files = files_of(signers);
  if (!files) return std::vector<GivenApproval>();
  auto kept = read_approvals(*context.results, plan.environment, since);
  if (!kept) return std::move(kept).error();
  ApprovalJudge judge(context, plan, recorded);
  const Digest digest = plan.digest();
  std::vector<ReadApproval> relevant;
  std::optional<ReadApproval> last;
  for (KeptApproval& approval : *kept) {
    auto read = judge.read(std::move(approval));
    if (!read) return std::move(read).error();
    const bool names_it = read->statement && read->statement->plan == digest;
    if (names_it || (read->statement && read->why_not.empty())) {
      relevant.push_back(*std::move(read));
    } else if (!last) {
      last = *std::move(read);
    }
  }
  if (relevant.empty() && last) relevant.push_back(*std::move(last));
  // A signature takes a program or two: only those of approvals that say something are judged.
  auto checker = SignatureChecker::make(*files, now);
  if (!checker) return std::move(checker).error();
  std::vector<GivenApproval> given;
  for (ReadApproval& read : relevant) {
    auto judged = given_of(std::move(read), *checker);
    if (!judged) return std::move(judged).error();
    given.push_back(*std::move(judged));
  }
  return given;
}

}  // namespace cemli
