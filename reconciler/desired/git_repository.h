#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/desired/file_tree.h"
#include "state/base/result.h"

struct git_repository;

namespace cemli {

/// A commit in a history.
struct CommitFacts {
  /// In hex.
  std::string id;
  /// As the commit says: nobody has checked it.
  std::string author_email;
  bool is_merge = false;
  /// Those of the paths in question whose content it decided, in their order. A merge decided what
  /// neither side alone had changed to just that.
  std::vector<std::string> touched = {};
  friend bool operator==(const CommitFacts&, const CommitFacts&) = default;
};

/// A commit's signature, of whatever kind, and the bytes that it is of.
struct CommitSignature {
  std::string signature;
  std::string bytes;
};

/// A Git repository on this machine, read only. Bare ones and linked work trees are fine.
class GitRepository {
 public:
  /// The repository that holds `start`: its own or that of a folder above. `not_found` where there
  /// is none, `denied` where it belongs to another user and is not listed as safe.
  [[nodiscard]] static Result<GitRepository> open(const std::filesystem::path& start);

  /// The root of the work tree that was opened; nothing in a bare repository.
  [[nodiscard]] std::optional<std::filesystem::path> work_tree() const;
  /// The root of the main work tree, also from a linked one; nothing where that is bare.
  [[nodiscard]] Result<std::optional<std::filesystem::path>> main_work_tree() const;

  /// The id in hex of the commit that a branch, a tag, `HEAD`, an id or an expression such as
  /// `HEAD~2` names. `not_found` where it names none, also where nothing was ever committed.
  [[nodiscard]] Result<std::string> resolve_commit(std::string_view revision) const;
  /// The files of a commit, given by its whole id. May outlive this object.
  [[nodiscard]] Result<std::unique_ptr<FileTree>> files_at(const std::string& commit) const;
  /// Whether the file in the opened work tree is another than that of the commit (or only one of
  /// them exists). Never so in a bare repository.
  [[nodiscard]] Result<bool> work_tree_differs(const std::string& commit,
                                               const std::string& path) const;

  /// The commits that `head` reaches and `base` does not (both whole ids), parents before children;
  /// without a base `head` alone. Which of `paths`, files or folders, each has touched is looked
  /// up. `refused` where the history that this takes is not all there, as in a shallow clone.
  [[nodiscard]] Result<std::vector<CommitFacts>> commits_since(
      const std::optional<std::string>& base, const std::string& head,
      std::span<const std::string> paths) const;
  /// Nothing where the commit is not signed.
  [[nodiscard]] Result<std::optional<CommitSignature>> signature_of(
      const std::string& commit) const;
  /// What the git program takes as `--git-dir`.
  [[nodiscard]] std::filesystem::path git_folder() const;
  /// The newest commit that both come from. `not_found` where there is none, or where the clone
  /// does not reach back to it.
  [[nodiscard]] Result<std::string> merge_base(const std::string& one,
                                               const std::string& other) const;
  /// Names of the entries of a folder that two commits do not have alike, sorted. Reads no file.
  [[nodiscard]] Result<std::vector<std::string>> changed_names(const std::string& from,
                                                               const std::string& to,
                                                               const std::string& folder) const;
  /// Where the remote of that name is, as the configuration has it; nothing where there is none.
  [[nodiscard]] std::optional<std::string> remote_address(const std::string& name) const;

 private:
  explicit GitRepository(std::shared_ptr<git_repository> handle) : handle_(std::move(handle)) {}

  std::shared_ptr<git_repository> handle_;
};

/// A text as a merge leaves it, from what both sides made of `ancestor`; nothing where they changed
/// the same lines.
[[nodiscard]] Result<std::optional<std::string>> merge_texts(std::string_view ancestor,
                                                             std::string_view ours,
                                                             std::string_view theirs);

}  // namespace cemli
