#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/package/manifest.h"
#include "state/base/result.h"

namespace cemli {

/// One line of a lock file.
struct LockedPackage {
  PublishedPackage package;
  /// Sorted; empty for one use without a name.
  std::vector<std::string> instances = {};
  friend bool operator==(const LockedPackage&, const LockedPackage&) = default;
};

/// `environments/<env>.lock.json`: which versions an environment's ranges and `track` have come to,
/// with all that a plan needs of them.
struct LockFile {
  std::string environment;
  /// Whether it was made for `track: all`.
  bool tracks_all = false;
  /// By name.
  std::map<std::string, LockedPackage> packages = {};
  friend bool operator==(const LockFile&, const LockFile&) = default;
};

/// `environments/ENVIRONMENT.lock.json`.
[[nodiscard]] std::string lock_path(std::string_view environment);

/// What stands behind a package's name in the file: an object without line breaks.
[[nodiscard]] std::string encode_locked(const LockedPackage& locked);
/// The file's bytes: one line a package, sorted.
[[nodiscard]] std::string encode_lock(const LockFile& lock);
/// Reads a lock file of `environment`. `invalid_input` names `file` and what is wrong first; a
/// newer format is refused. Linear, and never a tree of the whole file.
[[nodiscard]] Result<LockFile> parse_lock_file(std::string_view text, std::string_view environment,
                                               std::string_view file);

}  // namespace cemli
