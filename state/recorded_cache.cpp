#include "state/recorded_cache.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "state/base/ascii.h"
#include "state/base/digest.h"
#include "state/base/file.h"

namespace cemli {
namespace {

/// "CHECKPOINT_SIZE ENTRIES_SIZE ENTRIES"
std::optional<CheckpointDebt> parse_debt(std::string_view line) {
  std::array<std::uint64_t, 3> numbers{};
  const char* at = line.data();
  const char* const end = line.data() + line.size();
  for (std::uint64_t& number : numbers) {
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return std::nullopt;
    at = next == end ? end : next + 1;
  }
  return CheckpointDebt{numbers[0], numbers[1], numbers[2]};
}

}  // namespace

RecordedCache::RecordedCache(std::optional<std::filesystem::path> folder)
    : folder_(std::move(folder)) {}

std::filesystem::path RecordedCache::file_of(std::string_view store_address,
                                             std::string_view environment) const {
  const Digest name = Digest::of(fmt::format("{}\n{}", store_address, environment));
  return *folder_ / fmt::format("{}-{}.fold", environment, name.hex().substr(0, 32));
}

std::optional<CachedFold> RecordedCache::load(std::string_view store_address,
                                              std::string_view environment) const {
  if (!folder_) return std::nullopt;
  const auto bytes = read_file(file_of(store_address, environment));
  if (!bytes) return std::nullopt;
  // The checkpoint in the rest has a checksum of its own.
  std::string_view rest = *bytes;
  const std::string_view digest = take_until(rest, '\n');
  const std::string_view debt_line = take_until(rest, '\n');
  if (Digest::of(debt_line).hex() != digest) return std::nullopt;
  const auto debt = parse_debt(debt_line);
  if (!debt) return std::nullopt;
  auto state = decode_checkpoint(rest);
  if (!state || state->environment != environment) return std::nullopt;
  return CachedFold{*std::move(state), *debt};
}

void RecordedCache::keep(std::string_view store_address, const CachedFold& fold) const {
  if (!folder_ || !fold.state.head) return;
  const std::string debt_line =
      fmt::format("{} {} {}", fold.debt.checkpoint_size, fold.debt.entries_size, fold.debt.entries);
  // A cache that cannot be written costs time, nothing else.
  static_cast<void>(replace_file(file_of(store_address, fold.state.environment),
                                 fmt::format("{}\n{}\n{}", Digest::of(debt_line).hex(), debt_line,
                                             encode_checkpoint(fold.state)),
                                 Durability::relaxed));
}

void RecordedCache::drop(std::string_view store_address, std::string_view environment) const {
  if (!folder_) return;
  std::error_code ignored;
  std::filesystem::remove(file_of(store_address, environment), ignored);
}

}  // namespace cemli
