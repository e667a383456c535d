#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "reconciler/desired/desired_state.h"
#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/file_tree.h"
#include "state/base/result.h"

namespace cemli {

/// The ids of the files that say what an environment desires (`FileTree::id_of`).
struct EnvironmentFileIds {
  /// Nothing where there is no such environment.
  std::optional<std::string> file;
  std::optional<std::string> lock;
  std::optional<std::string> allowed_signers;
  std::optional<std::string> revoked_keys;
};
[[nodiscard]] Result<EnvironmentFileIds> read_file_ids(const FileTree& tree,
                                                       std::string_view environment);

/// What an environment's files say; not what their lock has of manifests.
struct KnownEnvironment {
  EnvironmentSettings settings;
  /// Without a commit: the same files may be those of many.
  DesiredState desired;
  friend bool operator==(const KnownEnvironment&, const KnownEnvironment&) = default;
};

/// The local cache of desired states, by the ids of the files that they were resolved from. Only
/// for what follows from these files alone: of environments with a lock file. Safe to delete at any
/// time; a damaged or foreign file counts as absent, and what cannot be written is not kept.
class DesiredCache {
 public:
  /// `folder` need not exist; nothing means no cache at all.
  explicit DesiredCache(std::optional<std::filesystem::path> folder);

  [[nodiscard]] std::optional<KnownEnvironment> load(std::string_view environment,
                                                     const EnvironmentFileIds& ids) const;
  /// Of environments of one name the last few that were used are kept: a request has two at once,
  /// and branches have theirs.
  void keep(const EnvironmentFileIds& ids, const KnownEnvironment& known) const;
  void drop(std::string_view environment, const EnvironmentFileIds& ids) const;

 private:
  std::optional<std::filesystem::path> folder_;
};

}  // namespace cemli
