#include "reconciler/govern/git_work_tree.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "reconciler/desired/git_program.h"
#include "state/base/ascii.h"

namespace cemli {
namespace {

using Words = std::vector<std::string>;

Words with_paths(Words words, const std::vector<std::string>& paths) {
  words.emplace_back("--");
  words.insert(words.end(), paths.begin(), paths.end());
  return words;
}

std::string line_of(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// Runs git in a work tree; what it says on failure follows `doing`.
class Git {
 public:
  Git(const std::filesystem::path& root, int stop_fd) : root_(root.string()), stop_fd_(stop_fd) {}

  [[nodiscard]] Result<ProgramEnd> run(Words words, std::string_view input = {}) const {
    words.insert(words.begin(), {"-C", root_});
    return run_git(std::move(words), stop_fd_, input);
  }

  /// What it printed.
  [[nodiscard]] Result<std::string> must(std::string_view doing, Words words,
                                         std::string_view input = {}) const {
    auto end = run(std::move(words), input);
    if (!end) return std::move(end).error().while_doing(doing);
    if (end->exit_code == 0) return std::move(end->out);
    return Error(ErrorCode::unavailable, fmt::format("{}: {}", doing, what_git_said(*end)));
  }

 private:
  std::string root_;
  int stop_fd_;
};

}  // namespace

GitWorkTree::GitWorkTree(std::filesystem::path root, int stop_fd)
    : root_(std::move(root)), stop_fd_(stop_fd) {}

Result<GitPosition> GitWorkTree::position() const {
  const Git git(root_, stop_fd_);
  auto commit = git.must("asking git for HEAD", {"rev-parse", "--verify", "HEAD"});
  if (!commit) return std::move(commit).error();
  auto branch = git.run({"symbolic-ref", "--quiet", "--short", "HEAD"});
  if (!branch) return std::move(branch).error();
  GitPosition position{std::nullopt, line_of(*std::move(commit))};
  if (branch->exit_code == 0) position.branch = line_of(branch->out);
  return position;
}

Result<std::vector<std::string>> GitWorkTree::changed(const std::vector<std::string>& paths) const {
  auto status = Git(root_, stop_fd_)
                    .must("asking git for changes",
                          with_paths({"status", "--porcelain", "-z", "--no-renames",
                                      "--untracked-files=all", "--ignored=matching"},
                                     paths));
  if (!status) return std::move(status).error();
  constexpr std::size_t kState = 3;
  std::vector<std::string> found;
  std::string_view rest = *status;
  while (rest.size() > kState) {
    found.emplace_back(take_until(rest, '\0').substr(kState));
  }
  return found;
}

Result<void> GitWorkTree::check_new_branch(const std::string& name) const {
  const Git git(root_, stop_fd_);
  auto valid = git.run({"check-ref-format", "--branch", name});
  if (!valid) return std::move(valid).error();
  if (valid->exit_code != 0 || name.starts_with('-') || name.starts_with("@{"))
    return Error(ErrorCode::invalid_input, fmt::format("'{}' cannot be a branch's name", name));
  auto known = git.run({"show-ref", "--verify", "--quiet", "refs/heads/" + name});
  if (!known) return std::move(known).error();
  if (known->exit_code != 0) return {};
  return Error(ErrorCode::conflict, fmt::format("the branch '{}' exists already", name))
      .with_hint("name another one: --branch NAME");
}

Result<void> GitWorkTree::start_branch(const std::string& name, const std::string& commit) const {
  auto done = Git(root_, stop_fd_)
                  .must(fmt::format("making the branch '{}'", name),
                        {"switch", "--quiet", "--no-track", "--create", name, commit});
  if (!done) return std::move(done).error();
  return {};
}

Result<void> GitWorkTree::undo_branch(const std::string& name, const GitPosition& before) const {
  const Git git(root_, stop_fd_);
  auto now = position();
  if (!now) return std::move(now).error();
  if (now->branch == name) {
    auto back = before.branch
                    ? git.must("going back", {"switch", "--quiet", *before.branch})
                    : git.must("going back", {"switch", "--quiet", "--detach", before.commit});
    if (!back) return std::move(back).error();
  }
  auto known = git.run({"show-ref", "--verify", "--quiet", "refs/heads/" + name});
  if (!known) return std::move(known).error();
  if (known->exit_code != 0) return {};
  auto removed = git.must("removing the new branch", {"branch", "--quiet", "-D", name});
  if (!removed) return std::move(removed).error();
  return {};
}

Result<std::string> GitWorkTree::commit(const std::vector<std::string>& paths,
                                        const std::string& message) const {
  const Git git(root_, stop_fd_);
  auto done = git.must(
      "committing",
      with_paths({"commit", "--quiet", "--only", "--cleanup=whitespace", "--file=-"}, paths),
      message);
  if (!done) return std::move(done).error();
  auto now = position();
  if (!now) return std::move(now).error();
  return std::move(now->commit);
}

Result<std::string> GitWorkTree::default_remote() const {
  auto set = Git(root_, stop_fd_).run({"config", "--get", "remote.pushDefault"});
  if (!set) return std::move(set).error();
  return set->exit_code == 0 ? line_of(set->out) : "origin";
}

Result<void> GitWorkTree::push(const std::string& remote, const std::string& branch) const {
  const std::string reference = "refs/heads/" + branch;
  auto done =
      Git(root_, stop_fd_)
          .must(fmt::format("pushing '{}' to '{}'", branch, remote),
                {"push", "--quiet", "--set-upstream", "--", remote, reference + ":" + reference});
  if (!done) return std::move(done).error();
  return {};
}

}  // namespace cemli
