#include "reconciler/plan/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace cemli {
namespace {

using Index = std::size_t;

class Narrowing {
 public:
  explicit Narrowing(Plan& plan) : plan_(plan), dependencies_(plan.actions.size()) {
    for (Index i = 0; i < plan.actions.size(); ++i) index_.emplace(plan.actions[i].address, i);
    for (Index i = 0; i < plan.actions.size(); ++i) {
      const Action& action = plan.actions[i];
      for (const Address& address : action.desired ? action.desired->depends_on : action.waits_for)
        if (const auto found = index_.find(address); found != index_.end())
          dependencies_[i].push_back(found->second);
    }
  }

  Result<void> run() {
    std::vector<char> wanted(plan_.actions.size(), plan_.selection.targets.empty() ? 1 : 0);
    for (const Address& target : plan_.selection.targets) {
      auto meant = named_by(target);
      if (!meant) return std::move(meant).error();
      for (const Index index : *meant) take_along(index, wanted);
    }
    for (const Address& excluded : plan_.selection.excluded) {
      auto meant = named_by(excluded);
      if (!meant) return std::move(meant).error();
      for (const Index index : *meant) wanted[index] = 0;
    }
    drop_what_would_wait(wanted);
    std::vector<Action> left;
    for (Index i = 0; i < wanted.size(); ++i) {
      if (wanted[i] != 0) left.push_back(std::move(plan_.actions[i]));
    }
    if (left.empty())
      return Error(ErrorCode::usage, "nothing is left of the plan: all of it is excluded");
    plan_.actions = std::move(left);
    return {};
  }

 private:
  Result<std::vector<Index>> named_by(const Address& name) const {
    if (const auto exact = index_.find(name); exact != index_.end())
      return std::vector<Index>{exact->second};
    std::vector<Index> instances;
    std::vector<std::string> known;
    for (const auto& [address, index] : index_) {
      known.push_back(address.text());
      if (!name.instance() && address.name() == name.name()) instances.push_back(index);
    }
    if (!instances.empty()) return instances;
    const auto meant = nearest(name.text(), known);
    return Error(
        ErrorCode::usage,
        fmt::format("'{}' is neither desired nor recorded in environment '{}'{}", name.text(),
                    plan_.environment, meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
  }

  void take_along(Index index, std::vector<char>& wanted) const {
    std::vector<Index> pending{index};
    while (!pending.empty()) {
      const Index next = pending.back();
      pending.pop_back();
      if (std::exchange(wanted[next], char{1}) != 0) continue;
      pending.insert(pending.end(), dependencies_[next].begin(), dependencies_[next].end());
    }
  }

  /// Actions stand behind what they wait for, so one pass is enough.
  void drop_what_would_wait(std::vector<char>& wanted) const {
    for (Index i = 0; i < wanted.size(); ++i) {
      const bool waits = std::any_of(
          dependencies_[i].begin(), dependencies_[i].end(), [&](const Index dependency) {
            return wanted[dependency] == 0 && plan_.actions[dependency].kind != ActionKind::none;
          });
      if (waits && plan_.actions[i].kind != ActionKind::none) wanted[i] = 0;
    }
  }

  Plan& plan_;
  std::map<Address, Index> index_;
  std::vector<std::vector<Index>> dependencies_;
};

}  // namespace

Result<void> narrow(Plan& plan) {
  if (!plan.selection.is_partial()) return {};
  return Narrowing(plan).run();
}

}  // namespace cemli
