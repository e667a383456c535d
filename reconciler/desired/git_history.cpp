#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reconciler/desired/git_handles.h"
#include "reconciler/desired/git_repository.h"

namespace cemli {
namespace {

/// What a commit has at a path; nothing where it has nothing there.
struct Content {
  git_oid id;
  git_filemode_t mode;
  friend bool operator==(const Content& a, const Content& b) {
    return git_oid_equal(&a.id, &b.id) != 0 && a.mode == b.mode;
  }
};
using ContentOrNot = std::optional<Content>;

Result<ContentOrNot> version_at(const git_commit* commit, const std::string& path) {
  git_tree* found = nullptr;
  if (git_commit_tree(&found, commit) != 0)
    return git_failure(ErrorCode::unavailable,
                       fmt::format("reading commit '{}'", hex(*git_commit_id(commit))));
  const GitTree tree(found);
  const auto entry = entry_at(found, path);
  if (!entry) return entry.error();
  if (*entry == nullptr) return ContentOrNot();
  return ContentOrNot(
      Content{*git_tree_entry_id(entry->get()), git_tree_entry_filemode(entry->get())});
}

/// That commits are missing which a question is about.
Error cut_history(git_repository* repository, Error error) {
  if (git_repository_is_shallow(repository) != 1) return error;
  return Error(ErrorCode::refused,
               "the history is cut short in this shallow clone: " + error.message())
      .with_hint("git fetch --unshallow; a pipeline must fetch the whole history");
}

/// One commit among others, and which paths it touched.
class Change {
 public:
  Change(git_repository* repository, GitCommit commit)
      : repository_(repository), commit_(std::move(commit)) {}

  [[nodiscard]] Result<CommitFacts> facts(std::span<const std::string> paths) {
    const git_signature* const author = git_commit_author(commit_.get());
    CommitFacts facts{hex(*git_commit_id(commit_.get())),
                      author != nullptr && author->email != nullptr ? author->email : "",
                      git_commit_parentcount(commit_.get()) > 1};
    if (paths.empty()) return facts;
    if (auto read = read_parents(); !read) return std::move(read).error();
    for (const std::string& path : paths) {
      const auto touched = touches(path);
      if (!touched) return touched.error();
      if (*touched) facts.touched.push_back(path);
    }
    return facts;
  }

 private:
  [[nodiscard]] Result<void> read_parents() {
    for (unsigned i = 0; i < git_commit_parentcount(commit_.get()); ++i) {
      auto parent = look_up_commit(repository_, hex(*git_commit_parent_id(commit_.get(), i)));
      if (!parent) return std::move(parent).error();
      parents_.push_back(*std::move(parent));
    }
    return {};
  }

  [[nodiscard]] Result<bool> touches(const std::string& path) const {
    const auto mine = version_at(commit_.get(), path);
    if (!mine) return mine.error();
    if (parents_.empty()) return mine->has_value();
    std::vector<ContentOrNot> theirs;
    for (const GitCommit& parent : parents_) {
      auto version = version_at(parent.get(), path);
      if (!version) return std::move(version).error();
      theirs.push_back(*version);
    }
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      if (theirs[i] == *mine) continue;
      const auto merged = took_over(i, *mine, theirs, path);
      if (!merged) return merged.error();
      if (!*merged) return true;
    }
    return false;
  }

  /// Whether another parent has what the merge has, and parent `i` had not changed what it has
  /// instead since their histories parted. Where it had, somebody chose.
  [[nodiscard]] Result<bool> took_over(std::size_t i, const ContentOrNot& mine,
                                       const std::vector<ContentOrNot>& theirs,
                                       const std::string& path) const {
    for (std::size_t other = 0; other < theirs.size(); ++other) {
      if (!(theirs[other] == mine)) continue;
      git_oid base{};
      const int code = git_merge_base(&base, repository_, git_commit_id(parents_[i].get()),
                                      git_commit_id(parents_[other].get()));
      if (code == GIT_ENOTFOUND) continue;
      if (code != 0) return git_failure(ErrorCode::unavailable, "looking for a merge's base");
      const auto parted = look_up_commit(repository_, hex(base));
      if (!parted) return Error(parted.error());
      const auto before = version_at(parted->get(), path);
      if (!before) return before.error();
      if (*before == theirs[i]) return true;
    }
    return false;
  }

  git_repository* repository_;
  GitCommit commit_;
  std::vector<GitCommit> parents_ = {};
};

Result<std::vector<std::string>> ids_since(git_repository* repository, const std::string& base,
                                           const std::string& head) {
  if (auto there = look_up_commit(repository, base); !there) {
    return Error(ErrorCode::refused, fmt::format("commit '{}' is not in the Git repository '{}'",
                                                 base, git_repository_path(repository)))
        .with_hint("the history must go back to it: git fetch --unshallow, or fetch its branch");
  }
  git_revwalk* found = nullptr;
  git_oid from{};
  git_oid to{};
  if (git_revwalk_new(&found, repository) != 0)
    return git_failure(ErrorCode::unavailable, "walking the history");
  const GitWalk walk(found);
  const auto failed = [&] {
    return cut_history(repository, git_failure(ErrorCode::unavailable, "walking the history"));
  };
  git_revwalk_sorting(found, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
  if (git_oid_fromstr(&from, base.c_str()) != 0 || git_oid_fromstr(&to, head.c_str()) != 0 ||
      git_revwalk_push(found, &to) != 0 || git_revwalk_hide(found, &from) != 0)
    return failed();
  std::vector<std::string> ids;
  git_oid id{};
  int code = 0;
  while ((code = git_revwalk_next(&id, found)) == 0) ids.push_back(hex(id));
  if (code != GIT_ITEROVER) return failed();
  return ids;
}

}  // namespace

Result<std::vector<CommitFacts>> GitRepository::commits_since(
    const std::optional<std::string>& base, const std::string& head,
    std::span<const std::string> paths) const {
  auto ids = base ? ids_since(handle_.get(), *base, head)
                  : Result<std::vector<std::string>>(std::vector<std::string>{head});
  if (!ids) return std::move(ids).error();
  std::vector<CommitFacts> commits;
  commits.reserve(ids->size());
  for (const std::string& id : *ids) {
    auto commit = look_up_commit(handle_.get(), id);
    if (!commit) return std::move(commit).error();
    auto facts = Change(handle_.get(), *std::move(commit)).facts(paths);
    if (!facts) return cut_history(handle_.get(), std::move(facts).error());
    commits.push_back(*std::move(facts));
  }
  return commits;
}

Result<std::optional<CommitSignature>> GitRepository::signature_of(
    const std::string& commit) const {
  git_oid id{};
  git_buf signature = GIT_BUF_INIT;
  git_buf bytes = GIT_BUF_INIT;
  const GitBuffer signature_owner(&signature);
  const GitBuffer bytes_owner(&bytes);
  const auto failed = [&] {
    return git_failure(ErrorCode::unavailable,
                       fmt::format("reading the signature of commit '{}'", commit));
  };
  if (git_oid_fromstr(&id, commit.c_str()) != 0) return failed();
  const int code = git_commit_extract_signature(&signature, &bytes, handle_.get(), &id, nullptr);
  if (code == GIT_ENOTFOUND) {
    // Either the commit or its signature.
    if (auto there = look_up_commit(handle_.get(), commit); !there) return std::move(there).error();
    return std::optional<CommitSignature>();
  }
  if (code != 0) return failed();
  return std::optional(CommitSignature{std::string(signature.ptr, signature.size),
                                       std::string(bytes.ptr, bytes.size)});
}

}  // namespace cemli
