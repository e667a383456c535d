#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "state/base/checksum.h"
#include "state/checkpoint.h"
#include "state/event.h"
#include "state/recorded_state.h"
#include "tests/fuzz/promise.h"

namespace cemli::fuzz {

/// The line as a stored object: no fuzzer finds the checksum of what it has made.
inline std::string sealed(std::string_view line) {
  std::string text(line);
  return text.ends_with('}') ? with_checksum(text + "\n") : text;
}

/// A checkpoint of `state` is read as it was written.
inline void check_checkpoint(const RecordedState& state) {
  const std::string written = encode_checkpoint(state);
  const auto read = decode_checkpoint(written);
  promise(read.has_value(), "a checkpoint that was written is read");
  promise(*read == state, "a checkpoint is read as it was written");
}

/// Folds `entry` into `state`, made to follow it: no fuzzer finds the digests of a chain. Where the
/// entry says what it may not say, the state stays as it is.
inline void follow(RecordedState& state, Entry entry) {
  entry.seq = state.seq() + 1;
  entry.prev = state.head ? std::optional(state.head->digest) : std::nullopt;
  entry.log = state.log.value_or(entry.log);
  if (state.head) {
    entry.environment = state.environment;
  } else {
    state.environment = entry.environment;
  }
  RecordedState next = state;
  const auto folded = fold(next, entry, Digest::of(std::to_string(entry.seq)));
  if (!folded) {
    promise(folded.error().code() == ErrorCode::corrupt, "what breaks the record is corrupt");
    return;
  }
  state = std::move(next);
  promise(state.seq() == entry.seq, "the head is the entry that was folded");
}

/// Behind the last entry: the state can be kept, also where a run that is active is set aside.
inline void end_log(RecordedState& state) {
  if (state.head) check_checkpoint(state);
  if (!state.active_run) return;
  set_active_run_aside(state, Timestamp{});
  promise(!state.active_run, "a run that is set aside is not active");
  check_checkpoint(state);
}

}  // namespace cemli::fuzz
