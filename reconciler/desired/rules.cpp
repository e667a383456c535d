#include "reconciler/desired/rules.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/canonical_json.h"

namespace cemli {
namespace {

using nlohmann::json;

json json_of(const SignerRule& rule) {
  return rule.by.empty() ? json(true) : json{{"by", rule.by}};
}

json json_of(const ApprovalRule& rule) {
  json not_author = json::array();
  if (rule.not_commit_author) not_author.push_back("commit");
  if (rule.not_package_author) not_author.push_back("package");
  return {{"by", rule.by},
          {"count", rule.count},
          {"expire_ms", rule.expire.count()},
          {"not_author", std::move(not_author)}};
}

json json_of(const Requirements& require) {
  json fields = json::object();
  for (const auto& [field, pattern] : require)
    fields[field] = pattern ? json(*pattern) : json(true);
  return fields;
}

json words_of(const std::set<PackageType>& types) {
  std::set<std::string> words;
  for (const PackageType type : types) words.emplace(word_of(type));
  return words;
}

/// The rules that are not at their default, by name.
json json_of(const Policy& policy) {
  json rules = json::object();
  if (policy.allow_removal) rules["allow_removal"] = true;
  if (policy.mutable_versions) rules["mutable_versions"] = true;
  if (policy.exact_versions) rules["exact_versions"] = true;
  if (policy.locked) rules["locked"] = true;
  if (policy.promoted) rules["promoted"] = *policy.promoted;
  if (!policy.require.empty()) rules["require"] = json_of(policy.require);
  if (!policy.types.empty()) rules["types"] = words_of(policy.types);
  if (policy.signed_packages) rules["signed_packages"] = json_of(*policy.signed_packages);
  if (policy.signed_commits) rules["signed_commits"] = json_of(*policy.signed_commits);
  if (policy.approvals) rules["approvals"] = json_of(*policy.approvals);
  if (policy.max_changes) rules["max_changes"] = *policy.max_changes;
  return rules;
}

}  // namespace

std::optional<SignerFiles> files_of(const Signers& signers) {
  if (!signers.allowed) return std::nullopt;
  return SignerFiles{*signers.allowed, signers.revoked};
}

std::string policy_document(const Policy& policy, const Signers& signers) {
  json document{{"allowed_signers", nullptr}, {"policy", json_of(policy)}};
  if (signers.allowed) document["allowed_signers"] = Digest::of(*signers.allowed).hex();
  if (signers.revoked) document["revoked_keys"] = Digest::of(*signers.revoked).hex();
  auto text = canonical_json(document);
  return text ? *std::move(text) : std::string();
}

Digest policy_digest(const Policy& policy, const Signers& signers) {
  return Digest::of(policy_document(policy, signers));
}

std::vector<std::string> changed_rules(const Policy& before, const Signers& signers_before,
                                       const Policy& now, const Signers& signers_now) {
  const json old_rules = json_of(before);
  const json new_rules = json_of(now);
  std::set<std::string> names;
  for (const json* rules : {&old_rules, &new_rules}) {
    for (const auto& rule : rules->items()) {
      const std::string& name = rule.key();
      // A rule at its default is not there at all.
      if (old_rules.value(name, json()) != new_rules.value(name, json())) names.insert(name);
    }
  }
  if (signers_before.allowed != signers_now.allowed) names.insert("allowed_signers");
  if (signers_before.revoked != signers_now.revoked) names.insert("revoked_keys");
  return {names.begin(), names.end()};
}

}  // namespace cemli
