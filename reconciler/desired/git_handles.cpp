#include "reconciler/desired/git_handles.h"

#include <fmt/format.h>

#include <array>

namespace cemli {

std::string last_git_reason() {
  const git_error* const error = git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "no reason given";
}

Error git_failure(ErrorCode code, std::string_view what) {
  return {code, fmt::format("{}: {}", what, last_git_reason())};
}

std::string hex(const git_oid& id) {
  std::array<char, GIT_OID_HEXSZ + 1> text{};
  return git_oid_tostr(text.data(), text.size(), &id);
}

Result<GitCommit> look_up_commit(git_repository* repository, const std::string& id) {
  git_oid oid{};
  git_commit* found = nullptr;
  if (git_oid_fromstr(&oid, id.c_str()) != 0 || git_commit_lookup(&found, repository, &oid) != 0)
    return git_failure(ErrorCode::not_found, fmt::format("reading commit '{}'", id));
  return GitCommit(found);
}

Result<GitTreeEntry> entry_at(const git_tree* tree, const std::string& path) {
  git_tree_entry* entry = nullptr;
  const int code = git_tree_entry_bypath(&entry, tree, path.c_str());
  if (code == GIT_ENOTFOUND) return GitTreeEntry();
  if (code != 0) return git_failure(ErrorCode::unavailable, fmt::format("reading '{}'", path));
  return GitTreeEntry(entry);
}

}  // namespace cemli
