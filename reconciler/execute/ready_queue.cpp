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
  for (std::size_t i = 0; i < plan.actions.size(); ++i) index.emplace(plan.actions[i].address, i);
  for (const auto& [address, i] : index) {
    const Action& action = plan.actions[i];
    for (const Address& dependency :
         action.desired ? action.desired->depends_on : action.waits_for) {
      // A partial plan lacks what is up to date.
      const auto found = index.find(dependency);
      if (found == index.end()) continue;
      dependents_[found->second].push_back(i);
      ++waiting_for_[i];
    }
  }
  std::vector<std::size_t> first;
  for (std::size_t i = 0; i < waiting_for_.size(); ++i) {
    if (waiting_for_[i] == 0) first.push_back(i);
  }
  make_ready(std::move(first));
}

void ReadyQueue::make_ready(std::vector<std::size_t> actions) {
  while (!actions.empty()) {
    const std::size_t action = actions.back();
    actions.pop_back();
    if (runs_programs(plan_->actions[action].kind)) {
      ready_.insert(action);
      continue;
    }
    // What is up to date runs nothing; what is behind it has waited for what is before it.
    for (const std::size_t dependent : dependents_[action]) {
      if (--waiting_for_[dependent] == 0 && blocked_[dependent] == 0) actions.push_back(dependent);
    }
  }
}

bool ReadyQueue::take_locks(std::size_t action) {
  const DesiredPackage* package = plan_->actions[action].package();
  if (package == nullptr) return true;
  const auto busy = std::find_if(package->locks.begin(), package->locks.end(),
                                 [this](const auto& lock) { return holders_.contains(lock); });
  if (busy == package->locks.end()) {
    for (const std::string& lock : package->locks) holders_.emplace(lock, action);
    return true;
  }
  parked_[*busy].insert(action);
  // It may have been woken for another of its locks, which is the next one's now.
  for (const std::string& lock : package->locks) {
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
  const DesiredPackage* package = plan_->actions[action].package();
  if (package == nullptr) return;
  for (const std::string& lock : package->locks) {
    const auto held = holders_.find(lock);
    if (held == holders_.end() || held->second != action) continue;
    holders_.erase(held);
    wake_next(lock);
  }
}

void ReadyQueue::succeeded(std::size_t action) {
  release_locks(action);
  std::vector<std::size_t> ready;
  for (const std::size_t dependent : dependents_[action]) {
    if (--waiting_for_[dependent] == 0 && blocked_[dependent] == 0) ready.push_back(dependent);
  }
  make_ready(std::move(ready));
}

std::vector<ReadyQueue::Blocked> ReadyQueue::failed(std::size_t action) {
  release_locks(action);
  std::vector<Blocked> blocked;
  // A cause is an action that would have run, not what is up to date between it and its dependents.
  std::deque<Blocked> sources{{action, action}};
  for (; !sources.empty(); sources.pop_front()) {
    const Blocked source = sources.front();
    for (const std::size_t dependent : dependents_[source.action]) {
      if (std::exchange(blocked_[dependent], char{1}) != 0) continue;
      const bool runs = runs_programs(plan_->actions[dependent].kind);
      if (runs) blocked.push_back(Blocked{dependent, source.because});
      sources.push_back(Blocked{dependent, runs ? dependent : source.because});
    }
  }
  return blocked;
}

}  // namespace cemli
