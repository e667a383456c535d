#include "reconciler/cli/commands/promoting.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "reconciler/govern/git_work_tree.h"
#include "reconciler/govern/promotion_message.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using Writing = PromoteCommand::Writing;

Result<EnvironmentTexts> read_texts(const FileTree& tree, const std::string& environment) {
  auto file = tree.read(environment_path(environment));
  if (!file) return std::move(file).error();
  auto lock = tree.read(lock_path(environment));
  if (!lock) return std::move(lock).error();
  return EnvironmentTexts{file->value_or(""), *std::move(lock)};
}

/// Replaces a file's bytes, and nothing else of it.
Result<void> replace_text(const fs::path& path, const std::string& text) {
  std::error_code ignored;
  const fs::perms mode = fs::status(path, ignored).permissions();
  auto written = replace_file(path, text, Durability::synced);
  if (written && !ignored) fs::permissions(path, mode, ignored);
  return written;
}

/// Refuses before anything is written what git would refuse, or take along, after it.
Result<void> check_git(const PromotionTarget& target, const PromoteCommand& command, int stop_fd) {
  const GitWorkTree git(target.root, stop_fd);
  if (command.branch) {
    if (auto free = git.check_new_branch(*command.branch); !free) return free;
  } else if (command.push) {
    auto position = git.position();
    if (!position) return std::move(position).error();
    if (!position->branch)
      return Error(ErrorCode::usage, "no branch is checked out that could be pushed")
          .with_hint("make one: --branch NAME");
  }
  if (command.writing != Writing::commit && !target.base) return {};
  auto changed =
      git.changed({environment_path(target.file.environment), lock_path(target.file.environment)});
  if (!changed) return std::move(changed).error();
  if (changed->empty()) return {};
  std::vector<Problem> problems;
  for (const std::string& path : *changed)
    problems.push_back({path, "it has changes that are not committed, which would go along"});
  return Error(ErrorCode::conflict, error_of(problems).message())
      .with_hint("commit or stash them first");
}

/// Writes step by step, and takes all back where a step fails.
class PromotionWriter {
 public:
  PromotionWriter(const PromotionTarget& target, const PromoteCommand& command, int stop_fd)
      : target_(target), command_(command), git_(target.root, stop_fd) {}

  Result<void> write(const PreparedPromotion& prepared, PromotionReport& report) {
    if (auto done = go_on(prepared, report); !done) return undone(std::move(done).error());
    return {};
  }

  Result<void> push(PromotionReport& report) {
    auto position = git_.position();
    if (!position) return std::move(position).error();
    std::string remote;
    if (*command_.push) {
      remote = **command_.push;
    } else {
      auto usual = git_.default_remote();
      if (!usual) return std::move(usual).error();
      remote = *std::move(usual);
    }
    const std::string branch = position->branch.value_or("");
    auto pushed = git_.push(remote, branch);
    if (!pushed) {
      return std::move(pushed).error().with_hint(fmt::format(
          "the commit stays; push it with:\n  git push --set-upstream {} {}", remote, branch));
    }
    report.pushed_to = std::move(remote);
    return {};
  }

 private:
  Result<void> go_on(const PreparedPromotion& prepared, PromotionReport& report) {
    if (command_.branch) {
      auto position = git_.position();
      if (!position) return std::move(position).error();
      before_ = *std::move(position);
      auto started = git_.start_branch(*command_.branch, target_.base.value_or(before_->commit));
      if (!started) return started;
      report.branch = command_.branch;
    }
    auto texts = read_texts(*make_working_tree(target_.root), target_.file.environment);
    if (!texts) return std::move(texts).error();
    EnvironmentTexts drafted = prepared.texts;
    // Git may write a commit's files with other line ends.
    if (*texts != target_.texts) {
      auto again = draft_file(*texts, target_.file, prepared.choice);
      if (!again) return std::move(again).error();
      auto locked = draft_lock(*again, texts->lock, prepared.choice, prepared.found);
      if (!locked) return locked;
      drafted = std::move(again->texts);
    }
    original_ = *std::move(texts);
    if (auto replaced = replace(*original_, drafted); !replaced) return replaced;
    if (command_.writing != Writing::commit) return {};
    auto commit = git_.commit(report.files, promotion_message(report, command_.subject));
    if (!commit) return std::move(commit).error();
    report.commit = *std::move(commit);
    auto position = git_.position();
    if (position && position->branch) report.branch = position->branch;
    return {};
  }

  /// The file first: until its lock follows, the lock is stale, which every reader says.
  [[nodiscard]] Result<void> replace(const EnvironmentTexts& from,
                                     const EnvironmentTexts& to) const {
    const std::string& environment = target_.file.environment;
    if (from.file != to.file) {
      auto written = replace_text(target_.root / environment_path(environment), to.file);
      if (!written) return written;
    }
    if (!to.lock || from.lock == to.lock) return {};
    return replace_text(target_.root / lock_path(environment), *to.lock);
  }

  Error undone(Error why) {
    Result<void> restored;
    if (original_) {
      // What was not written yet is written as it is.
      const std::string& environment = target_.file.environment;
      restored = replace_text(target_.root / environment_path(environment), original_->file);
      if (restored && original_->lock)
        restored = replace_text(target_.root / lock_path(environment), *original_->lock);
    }
    if (restored && before_) restored = git_.undo_branch(*command_.branch, *before_);
    if (restored) return why;
    return std::move(why).with_hint("what was written could not be taken back: " +
                                    restored.error().message());
  }

  const PromotionTarget& target_;
  const PromoteCommand& command_;
  GitWorkTree git_;
  /// Where the work tree stood, once that may have changed.
  std::optional<GitPosition> before_;
  /// The files' bytes, once they may have changed.
  std::optional<EnvironmentTexts> original_;
};

}  // namespace

Result<PromotionTarget> open_promotion_target(const GlobalOptions& global,
                                              const PromoteCommand& command) {
  const std::optional<std::string>& named = command.to ? command.to : global.environment;
  if (!named) {
    return Error(ErrorCode::usage, "no environment to promote to is named")
        .with_hint("name one: --to ENV");
  }
  if (command.to && global.environment && *command.to != *global.environment)
    return Error(ErrorCode::usage, "-e and --to name two environments")
        .with_hint("leave one of them out");
  auto repository = open_repository(global);
  if (!repository) return std::move(repository).error();
  auto root = repository->work_tree();
  if (!root)
    return Error(ErrorCode::invalid_input, "a bare repository has no working tree to write to");
  std::optional<std::string> base;
  if (command.base) {
    auto commit = repository->resolve_commit(*command.base);
    if (!commit) return std::move(commit).error();
    base = *std::move(commit);
  }
  auto tree = base ? repository->files_at(*base) : make_working_tree(*root);
  if (!tree) return std::move(tree).error();
  auto file = read_environment_file(**tree, *named);
  if (!file) return std::move(file).error();
  auto texts = read_texts(**tree, *named);
  if (!texts) return std::move(texts).error();
  PromotionTarget target{*std::move(repository), *std::move(root),  *std::move(tree),
                         *std::move(file),       *std::move(texts), std::move(base)};
  if (auto checked = check_git(target, command, global.stop_fd); !checked)
    return std::move(checked).error();
  return target;
}

Result<void> write_promotion(const PromotionTarget& target, const PreparedPromotion& prepared,
                             const PromoteCommand& command, int stop_fd, PromotionReport& report) {
  report.files.clear();
  if (target.texts.file != prepared.texts.file)
    report.files.push_back(environment_path(target.file.environment));
  if (target.texts.lock != prepared.texts.lock)
    report.files.push_back(lock_path(target.file.environment));
  if (command.writing == Writing::show) return {};
  PromotionWriter writer(target, command, stop_fd);
  if (auto written = writer.write(prepared, report); !written) return written;
  if (!command.push) return {};
  return writer.push(report);
}

}  // namespace cemli
