#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/plan.h"

namespace cemli {

/// Which of a plan's actions may start now. Pure bookkeeping: dependencies first, also those behind
/// others that are up to date; named locks never held twice; and among what is ready the plan's
/// order. Actions are named by their index.
class ReadyQueue {
 public:
  /// `plan` must outlive the queue.
  explicit ReadyQueue(const Plan& plan);

  /// The next action to start, which then counts as taken and holds its locks.
  [[nodiscard]] std::optional<std::size_t> take();

  /// A taken action succeeded: what waited for it may become ready.
  void succeeded(std::size_t action);
  /// An action that will never be tried because of another.
  struct Blocked {
    std::size_t action;
    std::size_t because;
  };
  /// A taken action did not succeed. Returns all that depends on it and is blocked now.
  [[nodiscard]] std::vector<Blocked> failed(std::size_t action);
  /// A taken action may hand its locks on: its programs ended, although its end is not recorded.
  void release_locks(std::size_t action);

 private:
  void make_ready(std::vector<std::size_t> actions);
  [[nodiscard]] bool take_locks(std::size_t action);
  void wake_next(const std::string& lock);

  const Plan* plan_;
  std::vector<std::vector<std::size_t>> dependents_;
  std::vector<std::size_t> waiting_for_;
  std::vector<char> blocked_;
  std::set<std::size_t> ready_;
  /// Lock to holder, and to what waits for it. Where a lock is free, one of those that wait for it
  /// is in `ready_`; only one, as the others would find it taken again.
  std::map<std::string, std::size_t> holders_;
  std::map<std::string, std::set<std::size_t>> parked_;
};

}  // namespace cemli
