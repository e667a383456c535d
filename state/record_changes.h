#pragma once

#include <cstdint>

#include "state/base/result.h"
#include "state/event.h"
#include "state/recorded_state.h"

/// The parts of the fold that rewrite the record from outside, between runs. Pure. `corrupt` where
/// an event does not fit the state, which is then unusable.
namespace cemli {

/// The address has succeeded at the identity, without a run. Refused where it has succeeded before.
[[nodiscard]] Result<void> adopt(RecordedState& state, const PackageAdopted& event,
                                 const OperatorWord& word);

/// What is recorded of one address is recorded of the other, of which nothing may be; what depends
/// on the first depends on the second. Attempts are counted on from the higher number of both.
/// Holds stay where they are, as they stand against the identity of one address.
[[nodiscard]] Result<void> move_record(RecordedState& state, const PackageMoved& event,
                                       const OperatorWord& word);

/// What `copy` says of every address holds here, from entry `seq` on. Numbers of attempts never
/// fall. Holds, a suspension and the last run are this environment's own and stay; evidence is the
/// other's and is not taken over.
[[nodiscard]] Result<void> take_over(RecordedState& state, const EnvironmentRefreshed& event,
                                     const RecordedState& copy, std::uint64_t seq,
                                     const OperatorWord& word);

/// The log has ended, and goes on elsewhere.
[[nodiscard]] Result<void> close_log(RecordedState& state, const LogClosed& event,
                                     const OperatorWord& word);
/// It goes on. Refused where it has not ended.
[[nodiscard]] Result<void> open_log(RecordedState& state);

/// Whether the event may come next: where the log is closed, its opening alone may. Changes
/// nothing.
[[nodiscard]] Result<void> may_follow(const RecordedState& state, const Event& event);

}  // namespace cemli
