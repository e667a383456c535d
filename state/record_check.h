#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "state/base/result.h"
#include "state/recorded_state.h"

namespace cemli {

/// How many objects of each kind a record has.
struct RecordCounts {
  std::uint64_t entries = 0;
  std::uint64_t checkpoints = 0;
  /// Copies of other environments' states.
  std::uint64_t copies = 0;
  friend bool operator==(const RecordCounts&, const RecordCounts&) = default;
};

/// Checks the objects of an environment's record one after the other: the log's entries in their
/// order, each copy of another environment's state before the entry that names it, each checkpoint
/// behind the entry that it was made from. Holds what is folded so far, and no entry.
class RecordCheck {
 public:
  explicit RecordCheck(std::string environment) { state_.environment = std::move(environment); }

  /// The next object. `corrupt` says what is wrong with it; nothing may be taken after that.
  [[nodiscard]] Result<void> take(const std::string& key, std::string_view bytes);
  /// Behind the last object. `corrupt` where something is left over.
  [[nodiscard]] Result<void> finish() const;

  /// The fold of the entries so far.
  [[nodiscard]] const RecordedState& state() const { return state_; }
  [[nodiscard]] const RecordCounts& counts() const { return counts_; }

 private:
  [[nodiscard]] Result<void> take_entry(std::uint64_t seq, std::string_view bytes);
  [[nodiscard]] Result<void> take_checkpoint(std::uint64_t seq, std::string_view bytes);
  [[nodiscard]] Result<void> take_copy(const std::string& key, std::string_view bytes);

  RecordedState state_;
  /// What the next entry must name.
  StateCopies copies_;
  RecordCounts counts_;
};

}  // namespace cemli
