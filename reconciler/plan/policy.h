#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/plan.h"
#include "state/base/clock.h"
#include "state/base/signer.h"

namespace cemli {

/// A commit between the last converged one and what is planned.
struct CommitVerdict {
  std::string commit;
  SignatureVerdict signature;
  /// As the commit says; empty where it touched nothing of the environment's.
  std::string author = {};
};

/// An approval that was found.
struct GivenApproval {
  SignatureVerdict signature;
  /// When it says that it was given.
  Timestamp time;
  /// Why it does not cover what is due, whatever the rule says; empty where it does.
  std::string why_not = {};
  ObjectReference statement = {"", Digest::of("")};
};

/// What a package's manifest says, as far as rules ask.
struct ManifestFacts {
  PackageType type = PackageType::configuration;
  /// Those fields that are there and not empty, as text.
  std::map<std::string, std::string> fields = {};
};

/// What must be found out before a policy can judge: where it has no rule that asks, nobody looks.
struct WantedFacts {
  /// Whether manifests are wanted, and which of their fields.
  bool manifests = false;
  std::set<std::string> fields = {};
  bool promotions = false;
  bool package_signatures = false;
  bool commits = false;
  bool approvals = false;
};
[[nodiscard]] WantedFacts facts_wanted_by(const Policy& policy);

/// What a plan is judged by, beside itself. What the policy has no rule about may be left out.
struct PolicyFacts {
  /// The ranges of the environment file, by package.
  std::map<std::string, std::string> ranges = {};
  bool tracks_all = false;
  bool has_lock = false;
  /// By package, of all that the plan would run.
  std::map<std::string, ManifestFacts> manifests = {};
  /// Packages that have succeeded, with the version and content that are planned, in the
  /// environment that `promoted` names.
  std::set<std::string> promoted = {};
  /// Of all packages whose programs the plan would run, removals included.
  std::map<Address, SignatureVerdict> package_signatures = {};
  std::vector<CommitVerdict> commits = {};
  std::vector<GivenApproval> approvals = {};
  /// When it is judged.
  Timestamp now = {};
};

/// What a policy forbids of a plan: first what is about all of it, then by action in the plan's
/// order. Pure. Where the plan has no work, there is nothing to forbid. Rules:
/// - `exact_versions`, `locked`: the environment file names no range and no `track`; it has a lock
/// - `signed_commits`, `approvals`: as the facts have them. Approvals by one key, or by keys that
///   share a name, are one; those of the future (a clock was set back) do not count
/// - `max_changes`: how many addresses are run, removed or forgotten
/// - `allow_removal`, `mutable_versions`: without them nothing is removed, or updated for other
///   content under the same version
/// - `types`, `require`, `promoted`: of what is brought to what is desired
/// - `signed_packages`: of all whose programs run
[[nodiscard]] std::vector<Refusal> judge(const Policy& policy, const PolicyFacts& facts,
                                         const Plan& plan);

/// The approvals that a policy's rule counts, one a person; none where it has no such rule. Pure.
[[nodiscard]] std::vector<UsedApproval> counting_approvals(const Policy& policy,
                                                           const PolicyFacts& facts);

/// What two policies refuse of one plan: what both do stands there once, and of all else whose word
/// it is.
[[nodiscard]] std::vector<Refusal> join_refusals(std::vector<Refusal> converged,
                                                 std::vector<Refusal> planned);

}  // namespace cemli
