#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "state/checkpoint.h"
#include "state/recorded_state.h"

namespace cemli {

/// A fold kept on this machine, with what is owed to the store's checkpoints.
struct CachedFold {
  RecordedState state;
  CheckpointDebt debt;
};

/// The local cache of folds, a file for each store and environment. Safe to delete at any time; a
/// damaged or foreign file counts as absent, and what cannot be written is not kept.
class RecordedCache {
 public:
  /// `folder` need not exist; nothing means no cache at all.
  explicit RecordedCache(std::optional<std::filesystem::path> folder);

  [[nodiscard]] std::optional<CachedFold> load(std::string_view store_address,
                                               std::string_view environment) const;
  void keep(std::string_view store_address, const CachedFold& fold) const;
  void drop(std::string_view store_address, std::string_view environment) const;

 private:
  [[nodiscard]] std::filesystem::path file_of(std::string_view store_address,
                                              std::string_view environment) const;
  std::optional<std::filesystem::path> folder_;
};

}  // namespace cemli
