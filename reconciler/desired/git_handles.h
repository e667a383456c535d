#pragma once

#include <git2.h>

#include <memory>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

template <auto free_function>
struct FreeGit {
  template <typename T>
  void operator()(T* handle) const {
    free_function(handle);
  }
};
using GitObject = std::unique_ptr<git_object, FreeGit<git_object_free>>;
using GitCommit = std::unique_ptr<git_commit, FreeGit<git_commit_free>>;
using GitTree = std::unique_ptr<git_tree, FreeGit<git_tree_free>>;
using GitTreeEntry = std::unique_ptr<git_tree_entry, FreeGit<git_tree_entry_free>>;
using GitBlob = std::unique_ptr<git_blob, FreeGit<git_blob_free>>;
using GitBuffer = std::unique_ptr<git_buf, FreeGit<git_buf_dispose>>;
using GitWalk = std::unique_ptr<git_revwalk, FreeGit<git_revwalk_free>>;

/// What libgit2 says of the call that just failed.
[[nodiscard]] std::string last_git_reason();
[[nodiscard]] Error git_failure(ErrorCode code, std::string_view what);

[[nodiscard]] std::string hex(const git_oid& id);
/// The commit with that id in hex.
[[nodiscard]] Result<GitCommit> look_up_commit(git_repository* repository, const std::string& id);
/// The entry at a path; null where there is none.
[[nodiscard]] Result<GitTreeEntry> entry_at(const git_tree* tree, const std::string& path);

}  // namespace cemli
