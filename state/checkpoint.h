#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "state/base/result.h"
#include "state/recorded_state.h"

namespace cemli {

/// What reading on from the newest checkpoint costs: when it is more than reading that checkpoint,
/// a new one is due.
struct CheckpointDebt {
  std::uint64_t checkpoint_size = 0;
  std::uint64_t entries_size = 0;
  std::uint64_t entries = 0;

  [[nodiscard]] bool is_due() const;
  friend bool operator==(const CheckpointDebt&, const CheckpointDebt&) = default;
};

/// A state that has a head, as bytes: a pure function of entries 1 to K, so the same whoever
/// writes.
[[nodiscard]] std::string encode_checkpoint(const RecordedState& state);
/// `corrupt` says what is wrong, also for a newer format and bytes that were altered.
[[nodiscard]] Result<RecordedState> decode_checkpoint(std::string_view bytes);

}  // namespace cemli
