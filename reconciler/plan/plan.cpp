#include "reconciler/plan/plan.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "reconciler/plan/plan_digest.h"

namespace cemli {
namespace {

using nlohmann::json;

json digest_or_null(const std::optional<Digest>& digest) {
  return digest ? json(digest->hex()) : json(nullptr);
}

json digested_part(const Action& action) {
  json reasons = json::array();
  for (const Reason& reason : action.reasons) {
    json object{{"code", reason.code}};
    for (const auto& operand : reason.operands) {
      object[operand.first] = cemli::json_of(operand.second);
    }
    reasons.push_back(std::move(object));
  }
  return {{"address", action.address.text()},
          {"action", word_of(action.kind)},
          {"before", digest_or_null(action.before)},
          {"after", digest_or_null(action.after)},
          {"reasons", std::move(reasons)}};
}

}  // namespace

Digest Plan::digest() const {
  std::vector<const Action*> by_address;
  by_address.reserve(actions.size());
  for (const Action& action : actions) by_address.push_back(&action);
  std::sort(by_address.begin(), by_address.end(),
            [](const Action* left, const Action* right) { return left->address < right->address; });
  PlanDigest digest;
  for (const Action* action : by_address) {
    if (action->reasons.empty()) {
      digest.add_plain(action->address.text(), word_of(action->kind), action->before,
                       action->after);
    } else {
      digest.add(digested_part(*action));
    }
  }
  return digest.finish(desired, environment, policy);
}

std::map<ActionKind, std::uint64_t> Plan::summary() const {
  std::map<ActionKind, std::uint64_t> counts;
  for (const Action& action : actions) ++counts[action.kind];
  return counts;
}

bool Plan::has_changes() const {
  return policy_change || std::any_of(actions.begin(), actions.end(), [](const Action& action) {
           return action.kind != ActionKind::none;
         });
}

bool Plan::has_work() const {
  if (policy_change && policy_change->is_due) return true;
  return std::any_of(actions.begin(), actions.end(), [](const Action& action) {
    return runs_programs(action.kind) || action.kind == ActionKind::forget;
  });
}

bool Plan::has_blocked_or_failed() const {
  const auto tells_of_failure = [](const Reason& reason) {
    constexpr std::array<std::string_view, 6> kCodes{"failed_before",      "failed_unchanged",
                                                     "rolled_back_before", "error_before",
                                                     "interrupted_before", "resolved_to_retry"};
    return std::find(kCodes.begin(), kCodes.end(), reason.code) != kCodes.end();
  };
  return std::any_of(actions.begin(), actions.end(), [&](const Action& action) {
    if (action.kind == ActionKind::blocked) return true;
    return action.kind == ActionKind::held &&
           std::any_of(action.reasons.begin(), action.reasons.end(), tells_of_failure);
  });
}

}  // namespace cemli
