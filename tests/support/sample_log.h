#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/event.h"
#include "state/evidence.h"
#include "state/recorded_state.h"

/// Literal values of a small history, for tests of the record.
namespace cemli::test {

[[nodiscard]] Timestamp time_at(std::string_view text);
/// 06:00 on one day, `seconds` later.
[[nodiscard]] Timestamp moment(int seconds);
[[nodiscard]] Address address_of(std::string_view text);
[[nodiscard]] Identity identity_of(std::string_view address, std::string version = "1.0.0");

/// Of a run, by the pipeline; and of jane, at her desk.
[[nodiscard]] Writer written_by(const RunId& run);
[[nodiscard]] Writer operator_jane();

/// A run with a lease of five minutes whose holder is of another machine.
[[nodiscard]] RunStarted run_started(const RunId& run);
/// What `run_started` names as its rules, and the file of signers that they name.
[[nodiscard]] std::string sample_policy();
inline constexpr const char* kSampleSigners = "jane ssh-ed25519 AAAA\n";
[[nodiscard]] RunFinished run_finished(const RunId& run);
[[nodiscard]] PackageStarted started(std::string_view address, std::uint64_t attempt,
                                     std::string version = "1.0.0");
/// With evidence, unless it was not started.
[[nodiscard]] PackageFinished finished(std::string_view address, std::uint64_t attempt,
                                       OutcomeKind outcome);

/// An environment's log and what is folded from it, without a store. Entry N is written N minutes
/// after six.
class History {
 public:
  History();

  /// Fails the test unless the entry is taken. `copies` has the states that it names.
  void add(const Writer& writer, std::vector<Event> events, const StateCopies& copies = {});
  /// Why the entry is refused; fails the test if it is taken. The history stays as it was.
  [[nodiscard]] std::string refusal(const Writer& writer, std::vector<Event> events,
                                    const StateCopies& copies = {}) const;

  [[nodiscard]] const RecordedState& state() const { return state_; }
  /// Fails the test where there is none.
  [[nodiscard]] const AddressRecord& record(std::string_view address) const;
  /// The entry that would come next.
  [[nodiscard]] Entry next(const Writer& writer, std::vector<Event> events) const;

 private:
  RecordedState state_;
};

inline const std::string kActive = "run-1";
/// A history in which `kActive` is active.
[[nodiscard]] History with_active_run();
/// A history in which attempt 1 of `a` ended with `outcome` in `kActive`, and no run is active.
[[nodiscard]] History after_attempt(OutcomeKind outcome);

/// What is left of a history that leaves something in nearly every member of a state: its log is
/// not closed, run-2 is active, and nothing was resolved.
[[nodiscard]] RecordedState full_state();

}  // namespace cemli::test
