#include "state/lease.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "state/holder.h"
#include "state/object_names.h"

namespace cemli {

using std::chrono::milliseconds;

namespace {

/// How long an unsent first entry or an operator's is tried.
constexpr milliseconds kPatience{30'000};
/// What clocks of one store may differ by.
constexpr milliseconds kExpiryMargin{2000};
/// A dead holder's warden ends its steps within this time.
constexpr milliseconds kWardenPatience{2000};

Error store_ignores_condition(const Store& store) {
  return Error(
             ErrorCode::unavailable,
             fmt::format("the store {} accepted an object that exists already: it does not honour "
                         "'only if absent', so two runs could not be kept apart; nothing was run",
                         store.address()))
      .with_hint("use a store that supports If-None-Match: * on writes");
}

}  // namespace

std::string describe_holder(const ActiveRun& active) {
  return fmt::format("run {} ({}, pid {}) since {}, last heard of in log entry {}",
                     active.started.run, display_name(active.writer),
                     active.started.holder.process.pid, describe_minute(active.start),
                     active.last_seq);
}

Error locked_by(const std::string& environment, const ActiveRun& active) {
  return Error(ErrorCode::locked, fmt::format("environment '{}' is locked by {}", environment,
                                              describe_holder(active)))
      .with_hint("wait for it with --lock-timeout 10m, or end it with cemli state unlock -e " +
                 environment + " if you know that it is gone");
}

Result<TakeoverDecision> may_take_over(Store& store, const std::string& environment,
                                       const ActiveRun& active) {
  if (is_proven_dead(active.started.holder, active.started.run, kWardenPatience))
    return TakeoverDecision{true, "its processes are gone"};
  auto last = store.get_aged(log_key(environment, active.last_seq));
  if (!last) return std::move(last).error().while_doing("asking for the age of the active run");
  if (!*last)
    return Error(ErrorCode::corrupt,
                 fmt::format("'{}' is missing", log_key(environment, active.last_seq)));
  const auto age = (*last)->age;
  if (age && *age > active.started.lease + kExpiryMargin) {
    return TakeoverDecision{
        true, fmt::format("its lease of {} expired: silent for {}",
                          format_duration(active.started.lease), describe_duration(*age))};
  }
  return TakeoverDecision{false, "its lease has not expired"};
}

Result<bool> has_active_run_died(Store& store, LogReading& reading) {
  const auto& active = reading.state.active_run;
  if (!active || !is_gone(active->started.holder)) return false;
  const RunId run = active->started.run;
  // It may have ended in good order after the log was read, and before it was looked for.
  if (auto read = catch_up(store, reading); !read) return std::move(read).error();
  return active && active->started.run == run;
}

Lease::Lease(Store& store, LogReading reading, Writer writer, LeaseTimes times,
             std::function<void(const std::string&)> note)
    : store_(&store),
      reading_(std::move(reading)),
      writer_(std::move(writer)),
      times_(times),
      fence_(reading_.state.seq()),
      note_(std::move(note)) {}

Result<AppendOutcome> Lease::take_foreign(const std::string& bytes) {
  auto entry = fold_bytes(*store_, reading_, bytes);
  if (!entry) return std::move(entry).error();
  const auto& active = reading_.state.active_run;
  if (!active || active->started.run != writer_.run) {
    return Error(ErrorCode::locked, fmt::format("this run was set aside by {} in log entry {}",
                                                display_name(entry->writer), entry->seq));
  }
  AppendOvertaken overtaken;
  overtaken.entries.push_back(*std::move(entry));
  return AppendOutcome(std::move(overtaken));
}

Result<AppendOutcome> Lease::append(std::vector<Event> events) {
  const ComposedEntry entry = compose_entry(reading_.state, writer_, wall_now(), std::move(events));
  const BootTime sent = boot_now();
  const BootTime deadline = times_.kill();
  auto sending = send_until_known(
      *store_, entry, [deadline] { return boot_now() > deadline; }, note_);
  if (!sending) {
    unknown_ = entry;
    return std::move(sending).error();
  }
  if (const auto* overtaken = std::get_if<Overtaken>(&*sending))
    return take_foreign(overtaken->bytes);
  if (auto folded = fold_bytes(*store_, reading_, entry.bytes); !folded)
    return std::move(folded).error();
  times_.from = sent;
  return AppendOutcome(AppendDone{});
}

class LeaseStarter {
 public:
  LeaseStarter(Store& store, LogReading reading, const RunStarted& started, const Writer& writer)
      : store_(store), reading_(std::move(reading)), started_(started), writer_(writer) {}

  Result<RunStart> start(std::function<void(const std::string&)> note) {
    if (auto open = require_open(reading_.state); !open) return std::move(open).error();
    if (auto confirmed = confirm_head(store_, reading_.state); !confirmed)
      return std::move(confirmed).error();
    auto events = first_events();
    if (!events) return std::move(events).error();
    const ComposedEntry entry =
        compose_entry(reading_.state, writer_, wall_now(), *std::move(events));
    const BootTime sent = boot_now();
    // An entry that lands later than the lease is long would be an expired run from the start.
    const BootTime deadline = sent + std::min(kPatience, started_.lease / 3);
    auto sending = send_until_known(
        store_, entry, [deadline] { return boot_now() > deadline; }, note);
    if (!sending) return std::move(sending).error();
    if (std::holds_alternative<Overtaken>(*sending)) return RunStart(BasisMoved{});
    if (auto folded = fold_bytes(store_, reading_, entry.bytes); !folded)
      return std::move(folded).error();
    if (auto honoured = check_condition(entry, deadline); !honoured)
      return std::move(honoured).error();
    return RunStart(
        Lease(store_, std::move(reading_), writer_, {sent, started_.lease}, std::move(note)));
  }

 private:
  /// The entry is in the log: a store that creates it again would let two runs in.
  Result<void> check_condition(const ComposedEntry& entry, BootTime deadline) {
    constexpr milliseconds kPause{50};
    for (;;) {
      auto again = store_.create({entry.key, entry.bytes});
      if (again && *again == Creation::exists) return {};
      if (again) return store_ignores_condition(store_);
      if (again.error().code() != ErrorCode::unavailable || boot_now() > deadline)
        return std::move(again).error().while_doing("checking the store");
      std::this_thread::sleep_for(kPause);
    }
  }

  Result<std::vector<Event>> first_events() {
    std::vector<Event> events;
    if (const auto& active = reading_.state.active_run) {
      auto decision = may_take_over(store_, reading_.state.environment, *active);
      if (!decision) return std::move(decision).error();
      if (!decision->allowed) {
        return locked_by(reading_.state.environment, *active);
      }
      events.emplace_back(RunAbandoned{active->started.run, decision->why});
    }
    events.emplace_back(started_);
    return events;
  }

  Store& store_;
  LogReading reading_;
  const RunStarted& started_;
  const Writer& writer_;
};

Result<RunStart> start_run(Store& store, LogReading reading, const RunStarted& started,
                           const Writer& writer, std::function<void(const std::string&)> note) {
  return LeaseStarter(store, std::move(reading), started, writer).start(std::move(note));
}

}  // namespace cemli
