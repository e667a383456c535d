#include "reconciler/execute/ready_queue.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace cemli {

ReadyQueue::ReadyQueue(const Plan& plan)
    : plan_(&plan),
      dependents_(plan.actions.size()),
      waiting_for_(plan.actions.size()),
      blocked_(plan.actions.size()) {
  std::map<Address, std::size_t> index;
  for (std::size_t i = 0; i < plan.actions.size(); ++i) {
    if (runs_programs(plan.actions[i].kind)) index.emplace(plan.actions[i].address, i);
  }
  for (const auto& [address, i] : index) {
    const Action& action = plan.actions[i];
    for (const Address& dependency :
         action.desired ? action.desired->depends_on : action.waits_for) {
      // What does not run is up to date, or the planner has blocked its dependents.
      const auto found = index.find(dependency);
      if (found == index.end()) continue;
      dependents_[found->second].push_back(i);
      ++waiting_for_[i];
    }
    if (waiting_for_[i] == 0) ready_.insert(i);
  }
}

bool ReadyQueue::take_locks(std::size_t action) {
  const auto& desired = plan_->actions[action].desired;
  if (!desired) return true;
  const auto busy = std::find_if(desired->locks.begin(), desired->locks.end(),
                                 [this](const auto& lock) { return holders_.contains(lock); });
  if (busy == desired->locks.end()) {
    for (const std::string& lock : desired->locks) holders_.emplace(lock, action);
    return true;
  }
  parked_[*busy].insert(action);
  // It may have been woken for another of its locks, which is the next one's now.
  for (const std::string& lock : desired->locks) {
    if (!holders_.contains(lock)) wake_next(lock);
  }
  return false;
}

void ReadyQueue::wake_next(const std::string& lock) {
  const auto parked = parked_.find(lock);
  if (parked == parked_.end()) return;
  ready_.insert(parked->second.extract(parked->second.begin()));
  if (parked->second.empty()) parked_.erase(parked);
}

std::optional<std::size_t> ReadyQueue::take() {
  while (!ready_.empty()) {
    const std::size_t action = *ready_.begin();
    ready_.erase(ready_.begin());
    if (take_locks(action)) return action;
  }
  return std::nullopt;
}

void ReadyQueue::release_locks(std::size_t action) {
  const auto& desired = plan_->actions[action].desired;
  if (!desired) return;
  for (const std::string& lock : desired->locks) {
    const auto held = holders_.find(lock);
    if (held == holders_.end() || held->second != action) continue;
    holders_.erase(held);
    wake_next(lock);
  }
}

void ReadyQueue::succeeded(std::size_t action) {
  release_locks(action);
  for (const std::size_t dependent : dependents_[action]) {
    if (--waiting_for_[dependent] == 0 && blocked_[dependent] == 0) ready_.insert(dependent);
  }
}

std::vector<ReadyQueue::Blocked> ReadyQueue::failed(std::size_t action) {
  release_locks(action);
  std::vector<Blocked> blocked;
  std::deque<std::size_t> sources{action};
  for (; !sources.empty(); sources.pop_front()) {
    for (const std::size_t dependent : dependents_[sources.front()]) {
      if (std::exchange(blocked_[dependent], char{1}) != 0) continue;
      blocked.push_back(Blocked{dependent, sources.front()});
      sources.push_back(dependent);
    }
  }
  return blocked;
}

}  // namespace cemli
