#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "reconciler/desired/desired_cache.h"
#include "reconciler/desired/desired_state.h"
#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/file_tree.h"
#include "reconciler/desired/lock_file.h"
#include "state/base/result.h"

namespace cemli {

class LockMemory;
class Store;
struct EnvironmentReading;

/// What the file desires, as its lock file has it, else with what the packages store has of it.
[[nodiscard]] Result<DesiredState> resolve_file(const EnvironmentFile& file, Store& packages,
                                                std::optional<std::string> commit);

/// Where an environment's desired state comes from: the files of one tree, or what is already known
/// of them. For one thread.
class DesiredSource {
 public:
  /// Of a file that is in no tree yet; `tree` is what it was drafted from.
  DesiredSource(std::shared_ptr<const FileTree> tree, EnvironmentFile draft);

  [[nodiscard]] const std::shared_ptr<const FileTree>& tree() const { return tree_; }
  [[nodiscard]] bool is_locked() const;

  /// As `resolve_file`, with the tree's commit. What a lock file holds is kept in the cache.
  [[nodiscard]] Result<DesiredState> desired(Store& packages) const;
  /// For who is about to act on it, as a cache is good enough to show what is due, and no more:
  /// `corrupt` where it had anything else than the files say. Then it has it no longer.
  [[nodiscard]] Result<void> confirm(Store& packages) const;
  /// The lines of its lock file for these packages; `corrupt` where it has none for one.
  [[nodiscard]] Result<std::map<std::string, PublishedPackage>> locked(
      const std::set<std::string>& names) const;

 private:
  friend Result<EnvironmentReading> read_environment(std::shared_ptr<const FileTree> tree,
                                                     std::string_view environment,
                                                     const DesiredCache& cache, LockMemory* memory);
  /// Where what is resolved is kept.
  struct Place {
    DesiredCache cache;
    EnvironmentFileIds ids;
  };
  explicit DesiredSource(std::shared_ptr<const FileTree> tree) : tree_(std::move(tree)) {}

  [[nodiscard]] Result<const EnvironmentFile*> file() const;

  std::shared_ptr<const FileTree> tree_;
  LockMemory* memory_ = nullptr;
  std::optional<Place> place_;
  std::optional<KnownEnvironment> known_;
  /// Where it is known what the file says, it is read when that does not do.
  mutable std::optional<EnvironmentFile> file_;
};

/// An environment as the files of one tree say.
struct EnvironmentReading {
  EnvironmentSettings settings;
  DesiredSource source;
};

/// Reads an environment as `read_environment_file` does, and fails as that, or takes what the cache
/// has of the same files. `memory`, where there is one, outlives what is read.
[[nodiscard]] Result<EnvironmentReading> read_environment(std::shared_ptr<const FileTree> tree,
                                                          std::string_view environment,
                                                          const DesiredCache& cache,
                                                          LockMemory* memory = nullptr);

}  // namespace cemli
