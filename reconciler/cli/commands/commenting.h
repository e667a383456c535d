#pragma once

#include <memory>
#include <string>

#include "reconciler/cli/opening_forge.h"
#include "reconciler/cli/wiring.h"

namespace cemli {

/// The comment on a forge's request that holds a plan.
class PlanComment {
 public:
  /// Finds out where it goes, before any work is done for it. `usage` says what is missing.
  [[nodiscard]] static Result<PlanComment> open(const GlobalOptions& options,
                                                const GitRepository& repository,
                                                const ForgeChoice& choice);

  /// What the comment is found by.
  [[nodiscard]] const std::string& marker() const { return marker_; }
  /// Writes it, and says where it is.
  [[nodiscard]] Result<void> write(const std::string& text, KeptComment::IfAbsent if_absent,
                                   Streams& streams);

 private:
  PlanComment(OpenedForge forge, std::string marker)
      : forge_(std::move(forge)), marker_(std::move(marker)) {}

  OpenedForge forge_;
  std::string marker_;
};

}  // namespace cemli
