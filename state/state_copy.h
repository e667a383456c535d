#pragma once

#include <string>

#include "state/base/result.h"
#include "state/event.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

/// Copies of other environments' recorded states, which `environment.refreshed` names.
namespace cemli {

/// Writes `source`, which has a head, beside the log of `environment`. The same copy is written
/// once.
[[nodiscard]] Result<ObjectReference> write_state_copy(Store& store, const std::string& environment,
                                                       const RecordedState& source);

/// `corrupt` where the copy is missing, or not the one that was recorded.
[[nodiscard]] Result<RecordedState> read_state_copy(Store& store, const ObjectReference& reference);

/// All copies that the entry names; none of most entries, and then no request is made.
[[nodiscard]] Result<StateCopies> read_state_copies(Store& store, const Entry& entry);

}  // namespace cemli
