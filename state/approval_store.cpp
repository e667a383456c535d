#include "state/approval_store.h"

#include <algorithm>
#include <array>
#include <utility>

#include "state/object_names.h"
#include "state/store/key_walk.h"

namespace cemli {
namespace {

/// Keys of statements, newest first, down to those that are as old as `since`.
Result<std::vector<std::string>> keys_since(Store& results, const std::string& environment,
                                            Timestamp since) {
  // One key behind all of that very millisecond.
  const std::string end = approvals_since(environment, since) + '~';
  std::vector<std::string> keys;
  const auto look = [&](const std::string& key) -> Result<KeyWalk> {
    if (key >= end) return KeyWalk::stop;
    if (key.ends_with(".json")) keys.push_back(key);
    return KeyWalk::go_on;
  };
  auto walked = walk_keys(results, approvals_prefix(environment), 1000, look);
  if (!walked) return std::move(walked).error().while_doing("listing the approvals");
  return keys;
}

}  // namespace

Result<std::string> keep_approval(Store& results, const ApprovalStatement& statement,
                                  const std::string& plan, const std::string& signature) {
  const std::string bytes = encode_approval(statement);
  const std::string key = approval_key(statement.environment, statement.time, Digest::of(bytes));
  // The signature comes last: an approval without one counts for nothing.
  const std::array<NewObject, 2> first{NewObject{reference_of_plan(statement).key, plan},
                                       NewObject{key, bytes}};
  auto kept = results.create_all(first);
  if (!kept) return std::move(kept).error().while_doing("keeping the approval");
  auto signed_one = results.create({signature_key(key), signature});
  if (!signed_one) return std::move(signed_one).error().while_doing("keeping the approval");
  return key;
}

Result<std::vector<KeptApproval>> read_approvals(Store& results, const std::string& environment,
                                                 Timestamp since) {
  auto keys = keys_since(results, environment, since);
  if (!keys) return std::move(keys).error();
  std::vector<std::string> wanted;
  for (const std::string& key : *keys) {
    wanted.push_back(key);
    wanted.push_back(signature_key(key));
  }
  auto objects = results.get_all(wanted);
  if (!objects) return std::move(objects).error().while_doing("reading the approvals");
  std::vector<KeptApproval> approvals;
  for (std::size_t i = 0; i < wanted.size(); i += 2) {
    auto& statement = (*objects)[i];
    auto& signature = (*objects)[i + 1];
    if (statement && signature)
      approvals.push_back({wanted[i], *std::move(statement), *std::move(signature)});
  }
  return approvals;
}

Result<std::optional<std::string>> read_approved_plan(Store& results, const ObjectReference& plan) {
  auto text = results.get(plan.key);
  if (!text) return std::move(text).error().while_doing("reading an approved plan");
  if (*text && Digest::of(**text) != plan.digest) text->reset();
  return text;
}

}  // namespace cemli
