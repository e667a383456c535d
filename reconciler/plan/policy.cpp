#include "reconciler/plan/policy.h"

#include <fmt/format.h>

namespace cemli {

std::vector<Refusal> judge(const Policy& policy, const Plan& plan) {
  std::vector<Refusal> refusals;
  for (const Action& action : plan.actions) {
    if (action.kind != ActionKind::remove || policy.allow_removal) continue;
    refusals.push_back(Refusal{
        "allow_removal", action.address,
        fmt::format("'{}' would be removed", action.address.text()),
        "set 'allow_removal: true' under 'policy:' in the environment file, or desire it again"});
  }
  return refusals;
}

}  // namespace cemli
