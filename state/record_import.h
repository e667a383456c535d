#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "state/base/result.h"
#include "state/record_check.h"
#include "state/record_export.h"
#include "state/store/store.h"

/// Brings an environment's record to another state store, byte for byte. Nothing is written before
/// all of it was checked, and compared with what is there.
namespace cemli {

/// What a record that was read as a whole came to.
struct ReadRecord {
  RecordedState state;
  RecordCounts counts;
  /// The address of the store that it was in.
  std::string from;
};

/// Reads a record from its first object to its last, each checked and handed over; it may be read
/// again. `corrupt` where it is not whole.
using RecordSource = std::function<Result<ReadRecord>(const RecordVisitor&)>;

/// The archive behind `fd`, which can be read from its start again and outlives the source.
[[nodiscard]] RecordSource archived_record(int fd, const std::string& environment);
/// The record in another store, which outlives the source.
[[nodiscard]] RecordSource stored_record(Store& store, const std::string& environment);

/// A record beside what the store that it is to be brought to has of it.
struct ComparedRecord {
  ReadRecord source;
  /// The bytes of the last entry.
  std::string head;
  /// The keys that the store has: the same objects where the source has them.
  std::set<std::string> present;
  /// The store's log goes on behind the source's last entry.
  bool goes_further = false;
};

/// Reads all of the source and compares it with `target`. `conflict` where anything there is not of
/// the same log, or another object than the source's; nothing is written.
[[nodiscard]] Result<ComparedRecord> compare_record(const RecordSource& source, Store& target);

/// Writes what `target` does not have, and reads all of it back. Returns how many objects were
/// written. The last entry comes first: until all is there, the log has a gap, and whoever reads it
/// is refused. Where this is cut short, doing it again goes on with it. `conflict` where another
/// object came first.
[[nodiscard]] Result<std::uint64_t> copy_record(const RecordSource& source,
                                                const ComparedRecord& compared, Store& target);

}  // namespace cemli
