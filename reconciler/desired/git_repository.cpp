#include "reconciler/desired/git_repository.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "reconciler/desired/git_handles.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

using Remote = std::unique_ptr<git_remote, FreeGit<git_remote_free>>;
using MergedText = std::unique_ptr<git_merge_file_result, FreeGit<git_merge_file_result_free>>;

void start_library() {
  struct Library {
    Library() { git_libgit2_init(); }
  };
  // Never shut down: handles may live until the program's end.
  static const Library library;
}

fs::path as_folder(const char* path) {
  const fs::path folder(path);
  return folder.has_filename() ? folder : folder.parent_path();
}

/// Why a repository could not be opened.
Error open_failure(int code, const fs::path& start) {
  const std::string reason = last_git_reason();
  git_buf storage = GIT_BUF_INIT;
  const GitBuffer found(&storage);
  if (git_repository_discover(&storage, start.c_str(), 0, nullptr) != 0) {
    std::error_code unknown;
    const fs::path shown = fs::weakly_canonical(fs::absolute(start, unknown), unknown);
    return Error(ErrorCode::not_found, fmt::format("'{}' is in no Git repository", shown.string()))
        .with_hint("go into a repository, or name one with --repo DIR");
  }
  fs::path root = as_folder(storage.ptr);
  if (root.filename() == ".git") root = root.parent_path();
  // Where no folder is listed as safe at all, the code is that of a missing setting.
  if (code == GIT_EOWNER || reason.find("safe.directory") != std::string::npos) {
    return Error(ErrorCode::denied,
                 fmt::format("the Git repository '{}' belongs to another user and is not listed as "
                             "safe to read",
                             root.string()))
        .with_hint(fmt::format("git config --global --add safe.directory '{}'", root.string()));
  }
  Error error(ErrorCode::unavailable,
              fmt::format("opening the Git repository '{}': {}", root.string(), reason));
  if (reason.find("objectformat") == std::string::npos) return error;
  return std::move(error).with_hint("cemli reads repositories of the SHA-1 kind only");
}

Result<GitTree> tree_of(git_repository* repository, const std::string& commit) {
  const auto found = look_up_commit(repository, commit);
  if (!found) return Error(found.error());
  git_tree* tree = nullptr;
  if (git_commit_tree(&tree, found->get()) != 0) {
    return git_failure(ErrorCode::unavailable, fmt::format("reading commit '{}'", commit));
  }
  return GitTree(tree);
}

bool is_regular(const git_tree_entry* entry) {
  const git_filemode_t mode = git_tree_entry_filemode(entry);
  return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

/// By name, what a folder holds at a commit; nothing where there is no such folder.
Result<std::map<std::string, std::pair<std::string, int>>> entries_of(git_repository* repository,
                                                                      const std::string& commit,
                                                                      const std::string& folder) {
  std::map<std::string, std::pair<std::string, int>> entries;
  const auto root = tree_of(repository, commit);
  if (!root) return Error(root.error());
  const auto entry = entry_at(root->get(), folder);
  if (!entry) return Error(entry.error());
  if (*entry == nullptr || git_tree_entry_type(entry->get()) != GIT_OBJECT_TREE) return entries;
  git_tree* found = nullptr;
  if (git_tree_lookup(&found, repository, git_tree_entry_id(entry->get())) != 0)
    return git_failure(ErrorCode::unavailable, fmt::format("listing '{}'", folder));
  const GitTree tree(found);
  for (std::size_t i = 0; i < git_tree_entrycount(found); ++i) {
    const git_tree_entry* const item = git_tree_entry_byindex(found, i);
    entries.emplace(
        git_tree_entry_name(item),
        std::pair(hex(*git_tree_entry_id(item)), static_cast<int>(git_tree_entry_filemode(item))));
  }
  return entries;
}

git_merge_file_input merge_input(std::string_view text) {
  git_merge_file_input input{};
  git_merge_file_input_init(&input, GIT_MERGE_FILE_INPUT_VERSION);
  input.ptr = text.data();
  input.size = text.size();
  return input;
}

class CommitTree : public FileTree {
 public:
  CommitTree(std::shared_ptr<git_repository> repository, GitTree tree, std::string commit)
      : repository_(std::move(repository)), tree_(std::move(tree)), commit_(std::move(commit)) {}

  Result<std::optional<std::string>> read(std::string_view path) const override {
    const auto entry = file_at(path);
    if (!entry) return Error(entry.error());
    if (*entry == nullptr) return std::optional<std::string>();
    git_blob* found = nullptr;
    if (git_blob_lookup(&found, repository_.get(), git_tree_entry_id(entry->get())) != 0) {
      return git_failure(ErrorCode::unavailable,
                         fmt::format("reading '{}' in {}", path, description()));
    }
    const GitBlob blob(found);
    return std::optional<std::string>(
        std::string(static_cast<const char*>(git_blob_rawcontent(found)),
                    static_cast<std::size_t>(git_blob_rawsize(found))));
  }

  Result<std::optional<std::string>> id_of(std::string_view path) const override {
    const auto entry = file_at(path);
    if (!entry) return Error(entry.error());
    if (*entry == nullptr) return std::optional<std::string>();
    return std::optional(hex(*git_tree_entry_id(entry->get())));
  }

  Result<std::vector<std::string>> names_in(std::string_view folder) const override {
    const auto entry = entry_at(tree_.get(), std::string(folder));
    if (!entry) return Error(entry.error());
    std::vector<std::string> names;
    if (*entry == nullptr || git_tree_entry_type(entry->get()) != GIT_OBJECT_TREE) return names;
    git_tree* found = nullptr;
    if (git_tree_lookup(&found, repository_.get(), git_tree_entry_id(entry->get())) != 0) {
      return git_failure(ErrorCode::unavailable,
                         fmt::format("listing '{}' in {}", folder, description()));
    }
    const GitTree tree(found);
    for (std::size_t i = 0; i < git_tree_entrycount(found); ++i) {
      const git_tree_entry* const item = git_tree_entry_byindex(found, i);
      if (is_regular(item)) names.emplace_back(git_tree_entry_name(item));
    }
    return names;
  }

  std::optional<std::string> commit() const override { return commit_; }

 private:
  /// Null where there is none.
  [[nodiscard]] Result<GitTreeEntry> file_at(std::string_view path) const {
    auto entry = entry_at(tree_.get(), std::string(path));
    if (entry && *entry != nullptr && !is_regular(entry->get())) {
      return Error(ErrorCode::invalid_input,
                   fmt::format("'{}' is not a regular file in {}", path, description()));
    }
    return entry;
  }

  std::shared_ptr<git_repository> repository_;
  GitTree tree_;
  std::string commit_;
};

Error unresolved(git_repository* repository, int code, std::string_view revision) {
  const std::string folder = as_folder(git_repository_path(repository)).string();
  if (revision == "HEAD" && git_repository_head_unborn(repository) == 1) {
    return Error(ErrorCode::not_found,
                 fmt::format("nothing is committed yet in the Git repository '{}'", folder))
        .with_hint("git add environments && git commit");
  }
  if (code == GIT_EAMBIGUOUS) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("'{}' is the beginning of more than one object's id", revision))
        .with_hint("give more of its digits");
  }
  return Error(ErrorCode::not_found,
               fmt::format("'{}' names no commit in the Git repository '{}'", revision, folder))
      .with_hint("give a branch, a tag or a commit id; a remote branch may need 'git fetch'");
}

}  // namespace

Result<GitRepository> GitRepository::open(const fs::path& start) {
  start_library();
  git_repository* found = nullptr;
  if (const int code = git_repository_open_ext(&found, start.c_str(), 0, nullptr); code != 0) {
    return open_failure(code, start);
  }
  return GitRepository(std::shared_ptr<git_repository>(found, git_repository_free));
}

std::optional<fs::path> GitRepository::work_tree() const {
  const char* const folder = git_repository_workdir(handle_.get());
  if (folder == nullptr) return std::nullopt;
  return as_folder(folder);
}

Result<std::optional<fs::path>> GitRepository::main_work_tree() const {
  if (git_repository_is_worktree(handle_.get()) == 0) return work_tree();
  git_repository* found = nullptr;
  const fs::path main = as_folder(git_repository_commondir(handle_.get()));
  if (const int code = git_repository_open(&found, main.c_str()); code != 0) {
    return open_failure(code, main);
  }
  return GitRepository(std::shared_ptr<git_repository>(found, git_repository_free)).work_tree();
}

fs::path GitRepository::git_folder() const {
  return as_folder(git_repository_path(handle_.get()));
}

Result<std::string> GitRepository::resolve_commit(std::string_view revision) const {
  git_object* found = nullptr;
  const int code = git_revparse_single(&found, handle_.get(), std::string(revision).c_str());
  if (code != 0) return unresolved(handle_.get(), code, revision);
  const GitObject object(found);
  git_object* peeled = nullptr;
  if (const int no_commit = git_object_peel(&peeled, found, GIT_OBJECT_COMMIT); no_commit != 0) {
    return unresolved(handle_.get(), no_commit, revision);
  }
  const GitObject commit(peeled);
  return hex(*git_object_id(peeled));
}

Result<std::unique_ptr<FileTree>> GitRepository::files_at(const std::string& commit) const {
  auto tree = tree_of(handle_.get(), commit);
  if (!tree) return std::move(tree).error();
  return std::unique_ptr<FileTree>(std::make_unique<CommitTree>(handle_, *std::move(tree), commit));
}

Result<bool> GitRepository::work_tree_differs(const std::string& commit,
                                              const std::string& path) const {
  const std::optional<fs::path> root = work_tree();
  if (!root) return false;
  const auto tree = tree_of(handle_.get(), commit);
  if (!tree) return Error(tree.error());
  const auto committed = entry_at(tree->get(), path);
  if (!committed) return Error(committed.error());
  std::error_code error;
  const bool exists = fs::is_regular_file(fs::symlink_status(*root / path, error));
  if (!exists || *committed == nullptr) return exists != (*committed != nullptr);
  // Hashed as `git add` would store it: line endings that Git converts are no difference.
  git_oid id{};
  if (git_repository_hashfile(&id, handle_.get(), (*root / path).c_str(), GIT_OBJECT_BLOB,
                              nullptr) != 0) {
    return git_failure(ErrorCode::unavailable, fmt::format("reading '{}'", path));
  }
  return git_oid_equal(&id, git_tree_entry_id(committed->get())) == 0;
}

Result<std::string> GitRepository::merge_base(const std::string& one,
                                              const std::string& other) const {
  git_oid left{};
  git_oid right{};
  git_oid base{};
  if (git_oid_fromstr(&left, one.c_str()) != 0 || git_oid_fromstr(&right, other.c_str()) != 0)
    return git_failure(ErrorCode::invalid_input, "reading a commit's id");
  const int code = git_merge_base(&base, handle_.get(), &left, &right);
  if (code == 0) return hex(base);
  const std::string what = fmt::format("finding the commit that {} and {} both come from",
                                       one.substr(0, 12), other.substr(0, 12));
  if (git_repository_is_shallow(handle_.get()) == 1) {
    return Error(ErrorCode::not_found, what + ": the clone is shallow")
        .with_hint("fetch the whole history: git fetch --unshallow");
  }
  if (code != GIT_ENOTFOUND) return git_failure(ErrorCode::unavailable, what);
  return Error(ErrorCode::not_found, what + ": none")
      .with_hint("the two have no history in common");
}

Result<std::vector<std::string>> GitRepository::changed_names(const std::string& from,
                                                              const std::string& to,
                                                              const std::string& folder) const {
  const auto before = entries_of(handle_.get(), from, folder);
  if (!before) return Error(before.error());
  const auto after = entries_of(handle_.get(), to, folder);
  if (!after) return Error(after.error());
  std::set<std::string> names;
  for (const auto& [one, other] : {std::pair(&*before, &*after), std::pair(&*after, &*before)}) {
    for (const auto& [name, entry] : *one) {
      const auto found = other->find(name);
      if (found == other->end() || found->second != entry) names.insert(name);
    }
  }
  return std::vector<std::string>(names.begin(), names.end());
}

std::optional<std::string> GitRepository::remote_address(const std::string& name) const {
  git_remote* found = nullptr;
  if (git_remote_lookup(&found, handle_.get(), name.c_str()) != 0) return std::nullopt;
  const Remote remote(found);
  const char* const address = git_remote_url(found);
  if (address == nullptr) return std::nullopt;
  return address;
}

Result<std::optional<std::string>> merge_texts(std::string_view ancestor, std::string_view ours,
                                               std::string_view theirs) {
  start_library();
  const git_merge_file_input base = merge_input(ancestor);
  const git_merge_file_input left = merge_input(ours);
  const git_merge_file_input right = merge_input(theirs);
  git_merge_file_result storage{};
  if (git_merge_file(&storage, &base, &left, &right, nullptr) != 0)
    return git_failure(ErrorCode::unavailable, "merging two versions of a file");
  const MergedText merged(&storage);
  if (storage.automergeable == 0) return std::optional<std::string>();
  return std::optional<std::string>(std::string(storage.ptr, storage.len));
}

}  // namespace cemli
