#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

namespace cemli {

/// An entry of the log by its number, or by a time: the last one before any that was written later.
/// Times are the writers' own and prove nothing; they only select.
using LogPoint = std::variant<std::uint64_t, Timestamp>;

/// Reads `42`, `2026-11-23`, `2026-11-23 06:41` or `2026-11-23T06:41:05Z`, in UTC; a day or a
/// minute counts to its end.
[[nodiscard]] Result<LogPoint> parse_log_point(std::string_view text);

/// The recorded state as it was at `point`, folded from the log's first entry. `not_found` where
/// the log does not reach to it, or begins after it.
[[nodiscard]] Result<RecordedState> read_state_at(Store& store, const std::string& environment,
                                                  const LogPoint& point);

/// The recorded state as the run left it, or as it is where the run is active. `not_found` where
/// the log does not know the run.
[[nodiscard]] Result<RecordedState> read_state_after(Store& store, const std::string& environment,
                                                     const RunId& run);

}  // namespace cemli
