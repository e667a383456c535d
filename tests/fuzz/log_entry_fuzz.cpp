// Entries of a log, one a line: each is read as it was written, and whatever state they fold to,
// when they are made to follow each other, stands in a checkpoint that is read back.

#include <optional>

#include "tests/fuzz/log_lines.h"

namespace cemli {
namespace {

using fuzz::promise;

/// Absent where the line is no entry.
std::optional<Entry> entry_of(std::string_view line) {
  auto entry = decode_entry(fuzz::sealed(line));
  if (!entry) {
    promise(entry.error().code() == ErrorCode::corrupt, "what is no entry is corrupt");
    return std::nullopt;
  }
  const std::string written = encode_entry(*entry);
  const auto again = decode_entry(written);
  promise(again.has_value(), "an entry that was written is read");
  promise(*again == *entry, "an entry is read as it was written");
  promise(encoded_size(entry->events.front()) < written.size(), "an event is less than its entry");
  return *std::move(entry);
}

void check(std::string_view log) {
  RecordedState state;
  for (const std::string_view line : fuzz::split(log, '\n')) {
    if (auto entry = entry_of(line)) fuzz::follow(state, *std::move(entry));
  }
  fuzz::end_log(state);
}

}  // namespace
}  // namespace cemli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cemli::check(cemli::fuzz::text_of(data, size));
  return 0;
}
