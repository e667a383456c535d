#pragma once

#include <cstddef>
#include <map>

#include "reconciler/execute/executor.h"
#include "reconciler/execute/ready_queue.h"

namespace cemli {

/// What follows from how attempts end: it is reported, recorded, and kept from or handed on to what
/// depends on it.
class AttemptEnds {
 public:
  /// All must outlive this.
  AttemptEnds(const Plan& plan, ReadyQueue& queue, const ExecutorParts& parts, Execution& execution)
      : plan_(plan), queue_(queue), parts_(parts), execution_(execution) {}

  enum class Went { well, badly };
  /// The attempt's programs are done.
  [[nodiscard]] Went ended(std::size_t index, AttemptReport report);
  /// An announced attempt will not start.
  void called_off(std::size_t index);
  /// The record has its end, which may be worse than it seemed.
  [[nodiscard]] Went recorded(std::size_t index, const Outcome& outcome);
  /// What depends on the action will not be tried.
  void block_dependents(std::size_t index);

  /// How many ended attempts have no durable evidence yet.
  [[nodiscard]] std::size_t unrecorded() const { return unrecorded_.size(); }
  [[nodiscard]] bool record_is_kept() const {
    return !execution_.fenced && !execution_.record_lost;
  }
  /// Nothing will be recorded any more.
  void give_up_recording() { unrecorded_.clear(); }

 private:
  const Plan& plan_;
  ReadyQueue& queue_;
  const ExecutorParts& parts_;
  Execution& execution_;
  /// Ended attempts whose evidence is not durable yet, and whether they succeeded.
  std::map<std::size_t, bool> unrecorded_;
};

}  // namespace cemli
