#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/event.h"
#include "state/log.h"
#include "state/store/store.h"

namespace cemli {

/// What a lease allows at which time, counted from when the last acknowledged append was first
/// sent.
struct LeaseTimes {
  BootTime from{};
  std::chrono::milliseconds length{};

  /// Nothing is started from here on.
  [[nodiscard]] BootTime last_start() const { return from + BootTime(length) / 2; }
  /// A silent run writes a heartbeat by here.
  [[nodiscard]] BootTime heartbeat() const { return from + BootTime(length) / 3; }
  /// Steps get SIGTERM.
  [[nodiscard]] BootTime terminate() const { return from + BootTime(length) / 3 * 2; }
  /// Steps get SIGKILL.
  [[nodiscard]] BootTime kill() const { return from + BootTime(length) / 6 * 5; }
};

/// Why a run that holds the lease may be set aside, or that it may not.
struct TakeoverDecision {
  bool allowed = false;
  /// Recorded in `run.abandoned`, or why not.
  std::string why;
};

/// Whether another run may start although `active` has not ended: its last entry is older than its
/// lease by 2 s by the store's own clock, or its processes are proven dead.
[[nodiscard]] Result<TakeoverDecision> may_take_over(Store& store, const std::string& environment,
                                                     const ActiveRun& active);

/// "run 2026… (release@host, pid 4711) since 06:41, last heard of in entry 42"
[[nodiscard]] std::string describe_holder(const ActiveRun& active);

/// Whether the active run is gone without having ended: its processes are seen to be gone, and the
/// log, read on after that, still has it active. Looks only.
[[nodiscard]] Result<bool> has_active_run_died(Store& store, LogReading& reading);

/// The `locked` error that names the holder and what can be done.
[[nodiscard]] Error locked_by(const std::string& environment, const ActiveRun& active);

/// The run's events could not be appended because others came first; decide again, then append.
struct AppendOvertaken {
  std::vector<Entry> entries;
};
struct AppendDone {};
using AppendOutcome = std::variant<AppendDone, AppendOvertaken>;

/// The proof that this run may append. One thread owns it.
class Lease {
 public:
  /// Appends the run's next entry, sending the same bytes until their fate is known. Blocks at most
  /// until the lease's kill time. `locked` when the run was fenced: it must append nothing more.
  /// After `unavailable` or any other error whether the entry landed is unknown.
  [[nodiscard]] Result<AppendOutcome> append(std::vector<Event> events);

  /// The entry whose fate is unknown after an append that failed.
  [[nodiscard]] const std::optional<ComposedEntry>& unknown() const { return unknown_; }
  [[nodiscard]] LeaseTimes times() const { return times_; }
  [[nodiscard]] const RecordedState& recorded() const { return reading_.state; }
  [[nodiscard]] const Writer& writer() const { return writer_; }
  /// Number of the run's first entry: its fence.
  [[nodiscard]] std::uint64_t fence() const { return fence_; }
  /// The reading, for a checkpoint at the end of the run.
  [[nodiscard]] LogReading& reading() { return reading_; }

 private:
  friend class LeaseStarter;
  Lease(Store& store, LogReading reading, Writer writer, LeaseTimes times,
        std::function<void(const std::string&)> note);
  [[nodiscard]] Result<AppendOutcome> take_foreign(const std::string& bytes);

  Store* store_;
  LogReading reading_;
  Writer writer_;
  LeaseTimes times_;
  std::uint64_t fence_;
  std::function<void(const std::string&)> note_;
  std::optional<ComposedEntry> unknown_;
};

/// Entry K+1 is somebody else's: read on and decide again.
struct BasisMoved {};
using RunStart = std::variant<Lease, BasisMoved>;

/// Starts a run by creating entry K+1 after the reading's head K, taking over from an active run
/// where that is allowed, and makes sure that the store honours "only if absent". `locked` names
/// the holder; `conflict` where the log is closed; `corrupt` where the head is not what was read.
/// `note` hears what a user should know while the run lasts.
[[nodiscard]] Result<RunStart> start_run(Store& store, LogReading reading,
                                         const RunStarted& started, const Writer& writer,
                                         std::function<void(const std::string&)> note);

}  // namespace cemli
