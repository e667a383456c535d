#include "reconciler/plan/forecast.h"

#include <algorithm>
#include <map>
#include <optional>

namespace cemli {
namespace {

using std::chrono::milliseconds;

/// The longest chain that ends with an action, and the action before it.
struct Chain {
  milliseconds length{};
  std::optional<std::size_t> previous;
};

}  // namespace

Forecast forecast(const Plan& plan) {
  Forecast forecast;
  std::map<Address, std::size_t> index;
  std::vector<Chain> chains(plan.actions.size());
  std::optional<std::size_t> last;
  bool known = false;
  for (std::size_t i = 0; i < plan.actions.size(); ++i) {
    const Action& action = plan.actions[i];
    if (!runs_programs(action.kind)) continue;
    index.emplace(action.address, i);
    Chain& chain = chains[i];
    for (const Address& address : action.desired ? action.desired->depends_on : action.waits_for) {
      const auto found = index.find(address);
      if (found == index.end() || chains[found->second].length <= chain.length) continue;
      chain = Chain{chains[found->second].length, found->second};
    }
    chain.length += action.expected.value_or(milliseconds(0));
    forecast.work += action.expected.value_or(milliseconds(0));
    // How long an uninstall takes is never recorded.
    if (!action.expected && action.kind != ActionKind::remove) ++forecast.unknown;
    known = known || action.expected;
    if (!last || chains[*last].length < chain.length) last = i;
  }
  if (!known) return forecast;
  forecast.longest = chains[*last].length;
  for (auto at = last; at; at = chains[*at].previous)
    forecast.path.push_back(plan.actions[*at].address);
  std::reverse(forecast.path.begin(), forecast.path.end());
  return forecast;
}

}  // namespace cemli
