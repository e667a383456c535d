#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "state/base/result.h"
#include "state/log.h"
#include "state/spool.h"
#include "state/store/store.h"

namespace cemli {

/// What the log says of a spool's run behind the entry that the run knew last.
struct SpoolAftermath {
  /// Attempts whose end stands there.
  std::set<std::pair<Address, std::uint64_t>> ended;
  /// Whether the run's own end does: then nothing is left to be said.
  bool is_finished = false;
};

/// What of a spool is not in the log yet, as the next entry says it; nothing where all of it is.
/// Pure. `unsent` are the spool's events, behind those of its unknown entry where that one can no
/// longer land.
struct ReplayWords {
  std::vector<Event> events;
  /// Whether they are the run's own, which is still active; else anybody's.
  bool as_run = false;
};
[[nodiscard]] ReplayWords replay_words(const Spool& spool, const std::vector<Event>& unsent,
                                       const RecordedState& now, const SpoolAftermath& aftermath);

/// How a replay went.
struct Replayed {
  RunId run;
  /// How many attempts it has recorded the end of.
  std::size_t attempts = 0;
  /// Whether the run was recorded to its end; else another run had set it aside.
  bool as_run = false;
};

/// Records what the spool in `folder` holds and removes it: its objects, then the entry of unknown
/// fate where that is still possible, byte for byte, then the rest; as the run's own while that run
/// is active, else as reports. What is in the log already is not recorded again. `reading` is
/// caught up with the log. An error leaves the spool as it is.
[[nodiscard]] Result<Replayed> replay_spool(const std::filesystem::path& folder, Store& state,
                                            Store& results, LogReading& reading,
                                            const Writer& writer);

}  // namespace cemli
