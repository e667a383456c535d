#pragma once

#include <optional>
#include <string>

#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/resolve.h"
#include "reconciler/govern/promotion_choice.h"
#include "state/base/result.h"

namespace cemli {

/// The texts of an environment's two files.
struct EnvironmentTexts {
  std::string file;
  /// Absent where it has no lock file.
  std::optional<std::string> lock = std::nullopt;
  friend bool operator==(const EnvironmentTexts&, const EnvironmentTexts&) = default;
};

/// What the target's files would be.
struct PromotionDraft {
  EnvironmentTexts texts;
  /// As the new texts are read, with the target's signers.
  EnvironmentFile file;
};

/// The target's file with what is promoted, still without its lock. Pure; fails as
/// `promote_in_text` does.
[[nodiscard]] Result<PromotionDraft> draft_file(const EnvironmentTexts& texts,
                                                const EnvironmentFile& target,
                                                const PromotionChoice& choice);

/// Adds the new lock to a draft of the target's file, where `lock` is the text of one. `found` has
/// the published packages of all that is promoted. Pure.
[[nodiscard]] Result<void> draft_lock(PromotionDraft& draft, const std::optional<std::string>& lock,
                                      const PromotionChoice& choice,
                                      const PublishedPackages& found);

/// What the files would then desire, or why nothing can: a stale lock, dependencies, environments.
/// Without a lock, `found` has all packages of the file. Pure.
[[nodiscard]] Result<DesiredState> resolve_draft(const PromotionDraft& draft,
                                                 const PublishedPackages& found);

}  // namespace cemli
