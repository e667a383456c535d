#include "state/recorded_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "state/record_changes.h"

namespace cemli {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, 9> kStatuses{{
    {Status::not_started, "not_started"},
    {Status::running, "running"},
    {Status::succeeded, "succeeded"},
    {Status::failed, "failed"},
    {Status::error, "error"},
    {Status::interrupted, "interrupted"},
    {Status::rolled_back, "rolled_back"},
    {Status::tainted, "tainted"},
    {Status::drifted, "drifted"},
}};

Status status_after(OutcomeKind outcome) {
  switch (outcome) {
    case OutcomeKind::succeeded:
      return Status::succeeded;
    case OutcomeKind::failed:
      return Status::failed;
    case OutcomeKind::error:
      return Status::error;
    case OutcomeKind::interrupted:
      return Status::interrupted;
    case OutcomeKind::rolled_back:
      return Status::rolled_back;
    case OutcomeKind::not_started:
      return Status::not_started;
  }
  return Status::not_started;
}

/// What an attempt that has begun makes past: what it could have fallen back to, and a word about
/// an earlier one, which would explain this one wrongly.
void leave_the_past(AddressRecord& record) {
  record.attempt_before.reset();
  record.status_before = Status::not_started;
  record.resolution.reset();
  const bool is_marked_since =
      record.last_attempt && record.tainted_seq > record.last_attempt->started_seq;
  if (!is_marked_since) record.word.reset();
}

void end_active_run(RecordedState& state, Timestamp time, const std::string& outcome,
                    const RunCounts& counts, const std::optional<ObjectReference>& result) {
  const ActiveRun& active = *state.active_run;
  for (auto& [address, record] : state.addresses) {
    if (record.status != Status::running) continue;
    record.status = Status::interrupted;
    leave_the_past(record);
  }
  state.last_run = LastRun{active.started.run,
                           outcome,
                           counts,
                           active.start,
                           time,
                           active.started.commit,
                           active.started.why,
                           display_name(active.writer),
                           result};
  state.active_run.reset();
}

/// Folds the events of one entry; a member function an event.
class Folder {
 public:
  Folder(RecordedState& state, const Entry& entry, const StateCopies& copies)
      : state_(state), entry_(entry), copies_(copies) {}

  Result<void> operator()(const RunStarted& e) {
    if (state_.active_run)
      return broken(fmt::format("run {} starts while run {} is active", e.run,
                                state_.active_run->started.run));
    if (entry_.writer.run != e.run) return broken("a run is started by somebody else");
    state_.active_run = ActiveRun{e, entry_.seq, entry_.seq, entry_.time, entry_.writer};
    return {};
  }

  Result<void> operator()(const RunFinished& e) {
    if (auto owned = require_active_writer(); !owned) return owned;
    const ActiveRun& active = *state_.active_run;
    if (active.started.run != e.run) return broken("a run finishes another run");
    if (e.converged) {
      state_.converged =
          Convergence{active.started.desired, active.started.policy, active.started.commit, e.run};
    }
    end_active_run(state_, entry_.time, e.outcome, e.counts, e.result);
    return {};
  }

  Result<void> operator()(const RunAbandoned& e) {
    if (!state_.active_run || state_.active_run->started.run != e.run)
      return broken(fmt::format("run {} is abandoned but not active", e.run));
    end_active_run(state_, entry_.time, "abandoned", {}, std::nullopt);
    return {};
  }

  Result<void> operator()(const Heartbeat& /*e*/) { return require_active_writer(); }

  Result<void> operator()(const PackageStarted& e) {
    if (auto owned = require_active_writer(); !owned) return owned;
    AddressRecord& record = state_.addresses[e.identity.address];
    if (e.attempt != record.attempts + 1 || record.status == Status::running)
      return broken(fmt::format("attempt {} of '{}' does not follow attempt {}", e.attempt,
                                e.identity.address.text(), record.attempts));
    record.attempts = e.attempt;
    record.status_before = std::exchange(record.status, Status::running);
    Attempt attempt{e.attempt,    state_.active_run->started.run,
                    e.action,     e.identity,
                    e.depends_on, e.abilities,
                    entry_.seq,   entry_.time,
                    std::nullopt, {},
                    std::nullopt};
    attempt.done = e.done;
    record.attempt_before = std::exchange(record.last_attempt, std::move(attempt));
    return {};
  }

  Result<void> operator()(const StepFinished& e) {
    if (auto owned = require_active_writer(); !owned) return owned;
    const auto found = state_.addresses.find(e.address);
    if (found == state_.addresses.end() || found->second.status != Status::running ||
        found->second.last_attempt->number != e.attempt) {
      return broken(fmt::format("a step of attempt {} of '{}' finishes but was not started",
                                e.attempt, e.address.text()));
    }
    found->second.last_attempt->done.push_back(e.step);
    return {};
  }

  Result<void> operator()(const PackageFinished& e) {
    if (auto owned = require_active_writer(); !owned) return owned;
    const auto found = state_.addresses.find(e.address);
    if (found == state_.addresses.end() || found->second.status != Status::running ||
        found->second.last_attempt->number != e.attempt) {
      return broken(fmt::format("attempt {} of '{}' finishes but was not started", e.attempt,
                                e.address.text()));
    }
    finish(e, found->second);
    return {};
  }

  Result<void> operator()(const PackageReported& e) {
    AddressRecord* record = interrupted(e.end.address, e.run, e.end.attempt);
    if (record == nullptr) return {};
    finish(e.end, *record);
    return {};
  }

  Result<void> operator()(const PackageResolved& e) {
    AddressRecord* found = interrupted(e.address, e.run, e.attempt);
    if (found == nullptr) return {};
    AddressRecord& record = *found;
    record.word = word(e.why);
    record.resolution = e.resolution;
    switch (e.resolution) {
      case Resolution::succeeded:
        take_success(record);
        break;
      case Resolution::failed:
        record.status = Status::failed;
        break;
      // To be tried again without further questions: as if no program had been started.
      case Resolution::retry:
        record.status = Status::error;
        break;
    }
    return {};
  }

  Result<void> operator()(const PackageForgotten& e) {
    const auto found = state_.addresses.find(e.address);
    if (found == state_.addresses.end()) return {};
    if (found->second.status == Status::running)
      return broken(fmt::format("'{}' is forgotten while it runs", e.address.text()));
    AddressRecord forgotten;
    forgotten.attempts = found->second.attempts;
    found->second = std::move(forgotten);
    return {};
  }

  Result<void> operator()(const PackageTainted& e) {
    return mark(e.address, Status::tainted, e.why);
  }
  Result<void> operator()(const PackageDrifted& e) {
    return mark(e.address, Status::drifted, e.why);
  }

  Result<void> operator()(const PackageHeld& e) {
    state_.addresses[e.address].hold = Hold{e.identity, word(e.why)};
    return {};
  }

  Result<void> operator()(const PackageReleased& e) {
    const auto found = state_.addresses.find(e.address);
    if (found != state_.addresses.end()) found->second.hold.reset();
    return {};
  }

  Result<void> operator()(const EnvironmentSuspended& e) {
    state_.suspension = word(e.why);
    return {};
  }

  Result<void> operator()(const EnvironmentResumed& /*e*/) {
    state_.suspension.reset();
    return {};
  }

  Result<void> operator()(const PackageAdopted& e) {
    return between_runs([&] { return adopt(state_, e, word(e.why)); });
  }

  Result<void> operator()(const PackageMoved& e) {
    return between_runs([&] { return move_record(state_, e, word(e.why)); });
  }

  Result<void> operator()(const EnvironmentRefreshed& e) {
    const auto found = copies_.find(e.copy.digest);
    if (found == copies_.end()) return broken(fmt::format("'{}' was not read", e.copy.key));
    return between_runs(
        [&, &copy = found->second] { return take_over(state_, e, copy, entry_.seq, word(e.why)); });
  }

  Result<void> operator()(const LogClosed& e) {
    return between_runs([&] { return close_log(state_, e, word(e.why)); });
  }

  Result<void> operator()(const LogOpened& /*e*/) {
    return between_runs([&] { return open_log(state_); });
  }

 private:
  [[nodiscard]] Error broken(std::string_view what) const {
    return {ErrorCode::corrupt, fmt::format("log entry {}: {}", entry_.seq, what)};
  }

  [[nodiscard]] OperatorWord word(const std::string& why) const {
    return {display_name(entry_.writer), why, entry_.time};
  }

  /// What rewrites the record from outside, which no run may be in the middle of.
  template <typename Change>
  [[nodiscard]] Result<void> between_runs(const Change& change) const {
    if (state_.active_run)
      return broken(fmt::format("rewrites the record while run {} is active",
                                state_.active_run->started.run));
    Result<void> changed = change();
    if (changed) return changed;
    return broken(changed.error().message());
  }

  [[nodiscard]] Result<void> require_active_writer() const {
    if (state_.active_run && entry_.writer.run == state_.active_run->started.run) return {};
    return broken(fmt::format("written by {}, which is not the active run",
                              entry_.writer.run.value_or("an operator")));
  }

  /// The address, where that very attempt is its last one and interrupted: what speaks of another
  /// attempt is history.
  [[nodiscard]] AddressRecord* interrupted(const Address& address, const RunId& run,
                                           std::uint64_t attempt) {
    const auto found = state_.addresses.find(address);
    if (found == state_.addresses.end()) return nullptr;
    AddressRecord& record = found->second;
    const bool is_last = record.status == Status::interrupted &&
                         record.last_attempt->number == attempt && record.last_attempt->run == run;
    return is_last ? &record : nullptr;
  }

  void finish(const PackageFinished& e, AddressRecord& record) {
    Attempt& attempt = *record.last_attempt;
    attempt.started = e.start;
    attempt.ended = e.end;
    attempt.summary = e.summary;
    attempt.evidence = e.evidence;
    if (e.outcome == OutcomeKind::not_started && record.status == Status::interrupted) {
      // What it could have fallen back to is past: no program was started, so it may be tried
      // again.
      record.status = Status::error;
      return;
    }
    if (e.outcome == OutcomeKind::not_started) {
      record.last_attempt = std::exchange(record.attempt_before, std::nullopt);
      record.status = std::exchange(record.status_before, Status::not_started);
      return;
    }
    if (e.outcome == OutcomeKind::succeeded) {
      take_success(record);
    } else {
      record.status = status_after(e.outcome);
    }
    leave_the_past(record);
  }

  void take_success(AddressRecord& record) const {
    const Attempt& attempt = *record.last_attempt;
    if (attempt.action == ActionKind::remove) {
      AddressRecord removed;
      removed.attempts = record.attempts;
      record = std::move(removed);
      return;
    }
    const Timestamp end = attempt.ended.value_or(entry_.time);
    std::optional<std::chrono::milliseconds> duration;
    if (attempt.ended) duration = end - attempt.started;
    record.last_success =
        Success{attempt.identity, attempt.run,      attempt.number,     end,
                duration,         attempt.evidence, attempt.depends_on, attempt.abilities};
    record.status =
        record.tainted_seq > attempt.started_seq ? record.tainted_as : Status::succeeded;
  }

  Result<void> mark(const Address& address, Status status, const std::string& why) {
    const auto found = state_.addresses.find(address);
    if (found == state_.addresses.end()) return {};
    AddressRecord& record = found->second;
    record.tainted_seq = entry_.seq;
    record.tainted_as = status;
    record.word = word(why);
    record.resolution.reset();
    // What is announced may turn out never to have started.
    Status& believed = record.status == Status::running ? record.status_before : record.status;
    const bool was_done =
        believed == Status::succeeded || believed == Status::tainted || believed == Status::drifted;
    if (was_done) believed = status;
    return {};
  }

  RecordedState& state_;
  const Entry& entry_;
  const StateCopies& copies_;
};

}  // namespace

std::string_view word_of(Status status) {
  for (const auto& [value, word] : kStatuses) {
    if (value == status) return word;
  }
  return "?";
}

std::optional<Status> status_of(std::string_view word) {
  for (const auto& [value, candidate] : kStatuses) {
    if (candidate == word) return value;
  }
  return std::nullopt;
}

std::uint64_t RecordedState::next_attempt(const Address& address) const {
  const auto found = addresses.find(address);
  return found == addresses.end() ? 1 : found->second.attempts + 1;
}

std::string display_name(const Writer& writer) {
  if (writer.authenticated) return *writer.authenticated;
  return fmt::format("{}@{}", writer.claimed.value_or("unknown"), writer.host);
}

void set_active_run_aside(RecordedState& state, Timestamp time) {
  end_active_run(state, time, "abandoned", {}, std::nullopt);
}

Result<void> fold(RecordedState& state, const Entry& entry, const Digest& digest,
                  const StateCopies& copies) {
  const auto broken = [&](std::string_view what) {
    return Error(ErrorCode::corrupt, fmt::format("log entry {}: {}", entry.seq, what));
  };
  if (entry.seq != state.seq() + 1)
    return broken(fmt::format("expected number {}", state.seq() + 1));
  const std::optional<Digest> prev = state.head ? std::optional(state.head->digest) : std::nullopt;
  if (entry.prev != prev) return broken("does not continue the entry before it");
  if (entry.environment != state.environment)
    return broken(fmt::format("belongs to environment '{}'", entry.environment));
  if (state.log && entry.log != *state.log) return broken("belongs to another log");
  state.log = entry.log;
  Folder folder(state, entry, copies);
  for (const Event& event : entry.events) {
    if (auto allowed = may_follow(state, event); !allowed) return broken(allowed.error().message());
    if (auto folded = std::visit(folder, event); !folded) return folded;
  }
  if (state.active_run && entry.writer.run == state.active_run->started.run)
    state.active_run->last_seq = entry.seq;
  state.head = Head{entry.seq, digest};
  return {};
}

}  // namespace cemli
