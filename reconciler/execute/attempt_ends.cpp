#include "reconciler/execute/attempt_ends.h"

#include <fmt/format.h>

#include <utility>

#include "reconciler/execute/running_attempt.h"

namespace cemli {

AttemptEnds::Went AttemptEnds::ended(std::size_t index, AttemptReport report) {
  const Action& action = plan_.actions[index];
  const bool succeeded = kind_of(report.outcome) == OutcomeKind::succeeded;
  queue_.release_locks(index);
  execution_.outcomes.insert_or_assign(action.address, kind_of(report.outcome));
  parts_.observer.attempt_ended(action, report);
  if (!execution_.fenced) {
    unrecorded_.emplace(index, succeeded);
    parts_.journal.report(std::move(report));
  }
  if (succeeded) return Went::well;
  block_dependents(index);
  return Went::badly;
}

void AttemptEnds::called_off(std::size_t index) {
  queue_.release_locks(index);
  execution_.outcomes.insert_or_assign(plan_.actions[index].address, OutcomeKind::not_started);
  if (execution_.fenced) return;
  unrecorded_.emplace(index, false);
  parts_.journal.report(report_without_programs(plan_.actions[index], NotStarted{}));
}

AttemptEnds::Went AttemptEnds::recorded(std::size_t index, const Outcome& outcome) {
  const auto found = unrecorded_.find(index);
  if (found == unrecorded_.end()) return Went::well;
  const bool seemed_to_succeed = found->second;
  unrecorded_.erase(found);
  if (!seemed_to_succeed) return Went::well;
  if (kind_of(outcome) == OutcomeKind::succeeded) {
    queue_.succeeded(index);
    return Went::well;
  }
  const Address& address = plan_.actions[index].address;
  execution_.outcomes.insert_or_assign(address, kind_of(outcome));
  parts_.observer.notice(fmt::format("'{}' is recorded as {}: {}", address.text(),
                                     word_of(kind_of(outcome)), summary_of(outcome)));
  block_dependents(index);
  return Went::badly;
}

void AttemptEnds::block_dependents(std::size_t index) {
  for (const auto& [action, because] : queue_.failed(index)) {
    execution_.blocked.emplace(plan_.actions[action].address, plan_.actions[because].address);
    parts_.observer.became_blocked(plan_.actions[action], plan_.actions[because].address);
  }
}

}  // namespace cemli
