#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "reconciler/cli/wiring.h"
#include "reconciler/govern/promotion_draft.h"

namespace cemli {

/// The environment that is promoted to, as it was read, and where it is written.
struct PromotionTarget {
  GitRepository repository;
  /// Of the work tree.
  std::filesystem::path root;
  /// What the file was read from.
  std::shared_ptr<const FileTree> tree;
  EnvironmentFile file;
  EnvironmentTexts texts;
  /// The commit that a new branch starts from, where that is not `HEAD`.
  std::optional<std::string> base = std::nullopt;
};

/// Reads the target, and makes sure that what is asked for can be written: that the branch is new,
/// and that nothing uncommitted in the two files would be taken along.
[[nodiscard]] Result<PromotionTarget> open_promotion_target(const GlobalOptions& global,
                                                            const PromoteCommand& command);

/// What is promoted, ready to be written.
struct PreparedPromotion {
  PromotionChoice choice;
  PublishedPackages found;
  EnvironmentTexts texts;
};

/// Makes the branch, writes the two files, commits and pushes them, as far as the command asks for
/// it, and notes in `report` what was done. Where a step before the push fails, branch and files
/// are as they were before.
[[nodiscard]] Result<void> write_promotion(const PromotionTarget& target,
                                           const PreparedPromotion& prepared,
                                           const PromoteCommand& command, int stop_fd,
                                           PromotionReport& report);

}  // namespace cemli
