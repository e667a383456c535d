#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "state/base/result.h"

namespace cemli {

/// Where a work tree stands: on a branch, or at a commit alone.
struct GitPosition {
  std::optional<std::string> branch;
  std::string commit;
  friend bool operator==(const GitPosition&, const GitPosition&) = default;
};

/// Changes a Git repository as its user would, by the `git` program: with hooks, signatures and
/// whatever else is set up. Errors hold what git said (`unavailable`).
class GitWorkTree {
 public:
  /// `root` is the work tree's. Readable `stop_fd` ends a git that is waited for.
  explicit GitWorkTree(std::filesystem::path root, int stop_fd = -1);

  [[nodiscard]] Result<GitPosition> position() const;
  /// Those of `paths` that are not as `HEAD` has them, in the work tree or in the index.
  [[nodiscard]] Result<std::vector<std::string>> changed(
      const std::vector<std::string>& paths) const;
  /// `conflict` where the branch exists, `invalid_input` where no branch can have that name.
  [[nodiscard]] Result<void> check_new_branch(const std::string& name) const;

  /// Makes the branch at a commit and goes there. Changes that are not committed stay; where they
  /// are in the way, git refuses and nothing has changed.
  [[nodiscard]] Result<void> start_branch(const std::string& name, const std::string& commit) const;
  /// Goes back to where it stood before `start_branch`, and removes the branch.
  [[nodiscard]] Result<void> undo_branch(const std::string& name, const GitPosition& before) const;
  /// Commits these files as they are in the work tree, and nothing else, staged or not. Returns the
  /// commit's id. After an error nothing is committed; the files are as they were before the call,
  /// unless a hook changed them.
  [[nodiscard]] Result<std::string> commit(const std::vector<std::string>& paths,
                                           const std::string& message) const;
  /// The remote that pushes go to: `remote.pushDefault`, else `origin`.
  [[nodiscard]] Result<std::string> default_remote() const;
  /// Pushes the branch and makes that its upstream.
  [[nodiscard]] Result<void> push(const std::string& remote, const std::string& branch) const;

 private:
  std::filesystem::path root_;
  int stop_fd_;
};

}  // namespace cemli
