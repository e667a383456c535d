#include "state/recorded_cache.h"

#include <fmt/format.h>

#include "state/base/cache_file.h"
#include "state/packed_state.h"

namespace cemli {

template <>
struct Packed<CheckpointDebt> {
  static constexpr auto members = std::tuple(
      &CheckpointDebt::checkpoint_size, &CheckpointDebt::entries_size, &CheckpointDebt::entries);
};

template <>
struct Packed<CachedFold> {
  static constexpr auto members = std::tuple(&CachedFold::state, &CachedFold::debt);
};

namespace {

constexpr std::string_view kLayout = "fold";

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
  const auto content = read_cache_file(file_of(store_address, environment), kLayout);
  if (!content) return std::nullopt;
  Unpacker unpacker(*content);
  auto fold = unpacker.take<CachedFold>();
  if (!unpacker.is_whole() || fold.state.environment != environment) return std::nullopt;
  return fold;
}

void RecordedCache::keep(std::string_view store_address, const CachedFold& fold) const {
  if (!folder_ || !fold.state.head) return;
  Packer packer;
  packer.put(fold);
  write_cache_file(file_of(store_address, fold.state.environment), kLayout, packer.bytes());
}

void RecordedCache::drop(std::string_view store_address, std::string_view environment) const {
  if (!folder_) return;
  std::error_code ignored;
  std::filesystem::remove(file_of(store_address, environment), ignored);
}

}  // namespace cemli
