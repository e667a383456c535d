#include "state/record_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace cemli {
namespace {

Error misfit(std::string what) {
  return {ErrorCode::corrupt, std::move(what)};
}

bool is_blank(const AddressRecord& record) {
  return record.status == Status::not_started && !record.last_success;
}

/// Nothing but what outlives every change: the number of attempts, and a hold.
AddressRecord blank_after(const AddressRecord& record) {
  AddressRecord blank;
  blank.attempts = record.attempts;
  blank.hold = record.hold;
  return blank;
}

void rename(Identity& identity, const PackageMoved& event) {
  identity.address = event.to;
  if (event.renamed && event.renamed->version == identity.version)
    identity.content = event.renamed->content;
}

void replace_dependency(std::vector<Address>& dependencies, const PackageMoved& event) {
  const auto found = std::find(dependencies.begin(), dependencies.end(), event.from);
  if (found == dependencies.end()) return;
  *found = event.to;
  std::sort(dependencies.begin(), dependencies.end());
  dependencies.erase(std::unique(dependencies.begin(), dependencies.end()), dependencies.end());
}

void replace_dependencies(AddressRecord& record, const PackageMoved& event) {
  if (record.last_success) replace_dependency(record.last_success->depends_on, event);
  if (record.last_attempt) replace_dependency(record.last_attempt->depends_on, event);
}

/// Another environment's record as it reads here: its evidence is elsewhere, and so are the entries
/// that its numbers count.
AddressRecord as_here(AddressRecord record, std::uint64_t seq, const OperatorWord& word) {
  if (is_blank(record)) return blank_after(record);
  const bool is_marked =
      record.last_attempt && record.tainted_seq > record.last_attempt->started_seq;
  record.tainted_seq = is_marked ? seq : 0;
  if (record.last_attempt) {
    record.last_attempt->started_seq = 0;
    record.last_attempt->evidence.reset();
  }
  if (record.last_success) record.last_success->evidence.reset();
  if (!record.word) record.word = word;
  return record;
}

}  // namespace

Result<void> adopt(RecordedState& state, const PackageAdopted& event, const OperatorWord& word) {
  AddressRecord& record = state.addresses[event.identity.address];
  if (record.last_success)
    return misfit(
        fmt::format("'{}' is adopted although it has succeeded", event.identity.address.text()));
  AddressRecord adopted = blank_after(record);
  adopted.status = Status::succeeded;
  adopted.word = word;
  adopted.last_success = Success{event.identity, std::nullopt, std::nullopt,     word.time,
                                 std::nullopt,   std::nullopt, event.depends_on, event.abilities};
  record = std::move(adopted);
  return {};
}

Result<void> move_record(RecordedState& state, const PackageMoved& event,
                         const OperatorWord& word) {
  const auto from = state.addresses.find(event.from);
  if (from == state.addresses.end() || is_blank(from->second))
    return misfit(fmt::format("'{}' is moved, and nothing is recorded of it", event.from.text()));
  AddressRecord& to = state.addresses[event.to];
  if (!is_blank(to))
    return misfit(fmt::format("'{}' is moved to '{}', of which something is recorded",
                              event.from.text(), event.to.text()));
  AddressRecord moved = std::exchange(from->second, blank_after(from->second));
  moved.attempts = std::max(moved.attempts, to.attempts);
  moved.hold = to.hold;
  if (moved.last_success) rename(moved.last_success->identity, event);
  if (moved.last_attempt) rename(moved.last_attempt->identity, event);
  if (!moved.word) moved.word = word;
  to = std::move(moved);
  for (auto& [address, record] : state.addresses) replace_dependencies(record, event);
  return {};
}

Result<void> take_over(RecordedState& state, const EnvironmentRefreshed& event,
                       const RecordedState& copy, std::uint64_t seq, const OperatorWord& word) {
  if (copy.environment != event.from || copy.head != Head{event.seq, event.entry})
    return misfit(fmt::format("'{}' is not environment '{}' at entry {}", event.copy.key,
                              event.from, event.seq));
  RecordedState source = copy;
  if (source.active_run) set_active_run_aside(source, word.time);
  std::map<Address, AddressRecord> addresses;
  for (const auto& [address, own] : state.addresses) addresses.emplace(address, blank_after(own));
  for (auto& [address, record] : source.addresses) {
    AddressRecord& here = addresses[address];
    AddressRecord taken = as_here(std::move(record), seq, word);
    taken.attempts = std::max(taken.attempts, here.attempts);
    taken.hold = here.hold;
    here = std::move(taken);
  }
  state.addresses = std::move(addresses);
  state.converged.reset();
  return {};
}

Result<void> close_log(RecordedState& state, const LogClosed& event, const OperatorWord& word) {
  state.closed = Closing{event.to, word};
  return {};
}

Result<void> open_log(RecordedState& state) {
  if (!state.closed) return Error(ErrorCode::corrupt, "opens a log that is not closed");
  state.closed.reset();
  return {};
}

Result<void> may_follow(const RecordedState& state, const Event& event) {
  if (!state.closed || std::holds_alternative<LogOpened>(event)) return {};
  return Error(ErrorCode::corrupt,
               fmt::format("the log was closed before it, and goes on in '{}'", state.closed->to));
}

}  // namespace cemli
