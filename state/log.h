#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "state/base/result.h"
#include "state/checkpoint.h"
#include "state/event.h"
#include "state/recorded_cache.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

namespace cemli {

/// An environment's log as far as it was read.
struct LogReading {
  RecordedState state;
  CheckpointDebt debt;
  /// What a user should know, such as a cache that had to be dropped.
  std::vector<std::string> notices;
};

/// Reads an environment's recorded state: from the local cache where it still fits (one request),
/// else from the newest checkpoint, else from the first entry. An environment without any entry has
/// a state without a head. `corrupt` where the chain is broken.
[[nodiscard]] Result<LogReading> read_log(Store& store, const std::string& environment,
                                          const RecordedCache& cache);

/// Folds what came after the reading's head.
[[nodiscard]] Result<void> catch_up(Store& store, LogReading& reading);

/// Folds one entry's bytes into the reading, with the copies of other states that it names, and
/// counts them as debt.
[[nodiscard]] Result<Entry> fold_bytes(Store& store, LogReading& reading, const std::string& bytes);

/// Takes an entry's bytes; nothing where the store lists an entry behind it and does not serve it.
/// False ends the walk.
using EntryVisitor =
    std::function<Result<bool>(std::uint64_t seq, std::optional<std::string> bytes)>;

/// Walks the log from entry `first` to the last one that is listed, in order, without judging it.
/// Some entries are read ahead, side by side.
[[nodiscard]] Result<void> walk_entries(Store& store, const std::string& environment,
                                        std::uint64_t first, const EntryVisitor& visit);

/// Calls `visit` with each entry from the first on, in order, and the digest of its bytes, without
/// judging the chain.
[[nodiscard]] Result<void> for_each_entry(
    Store& store, const std::string& environment,
    const std::function<void(const Entry&, const Digest&)>& visit);

/// Compares the entry at the reading's head with what was folded: what a writer does before its
/// first append. `corrupt` where other bytes are there.
[[nodiscard]] Result<void> confirm_head(Store& store, const RecordedState& state);

/// Writes the checkpoint of the reading's head and counts the debt anew.
[[nodiscard]] Result<void> write_checkpoint(Store& store, LogReading& reading);

/// The next entry of a log, ready to be sent: what is sent is never composed again.
struct ComposedEntry {
  std::uint64_t seq = 1;
  std::string key;
  std::string bytes;
};

/// Composes the entry after `state`'s head with a fresh nonce, and a fresh log id for the first
/// one. There is at least one event.
[[nodiscard]] ComposedEntry compose_entry(const RecordedState& state, const Writer& writer,
                                          Timestamp time, std::vector<Event> events);

/// The entry is in the log, byte for byte.
struct Landed {};
/// Another entry has its number.
struct Overtaken {
  std::string bytes;  ///< of that other entry
};
using Sending = std::variant<Landed, Overtaken>;

/// Sends the entry once and, after any refusal or lost answer, reads what is at its number. An
/// error leaves its fate unknown; send the same bytes again.
[[nodiscard]] Result<Sending> send_entry(Store& store, const ComposedEntry& entry);

/// As `send_entry`, again and again with growing, jittered pauses until its fate is known, or
/// `give_up` says so, or an error comes that waiting does not mend (any but `unavailable`); then
/// the last error. `note` hears of the first failure.
[[nodiscard]] Result<Sending> send_until_known(Store& store, const ComposedEntry& entry,
                                               const std::function<bool()>& give_up,
                                               const std::function<void(const std::string&)>& note);

/// `conflict` where the log is closed, which says where it goes on: nothing is appended to it.
[[nodiscard]] Result<void> require_open(const RecordedState& state);

/// What an operator's command has to say, given the state as it is; an error where it has nothing.
using OperatorDecision = std::function<Result<std::vector<Event>>(const RecordedState&)>;

/// Appends an operator's entry: decides on the head, creates the next entry, and where that is
/// taken reads on and decides again. `conflict` where the log is closed, which is not asked about.
[[nodiscard]] Result<void> append_decision(Store& store, LogReading& reading, const Writer& writer,
                                           const OperatorDecision& decide);

/// As `append_decision`, for the one word that may follow `log.closed`: in the store to which the
/// log was brought. `stale` where it is not closed, or was opened meanwhile.
[[nodiscard]] Result<void> append_opening(Store& store, LogReading& reading, const Writer& writer,
                                          const LogOpened& opening);

}  // namespace cemli
