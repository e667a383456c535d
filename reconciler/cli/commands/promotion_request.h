#pragma once

#include <string>

#include "reconciler/cli/commands/promoting.h"
#include "reconciler/cli/opening_forge.h"
#include "state/base/result.h"

namespace cemli {

/// The request to merge what is promoted.
class PromotionRequest {
 public:
  /// Finds whom to ask and into which branch it goes, before anything is written. `usage` says what
  /// is missing.
  [[nodiscard]] static Result<PromotionRequest> prepare(const GlobalOptions& global,
                                                        const PromotionTarget& target,
                                                        const PromoteCommand& command);

  /// Opens it for the pushed branch, or finds the one that is open, and notes it in `report`.
  [[nodiscard]] Result<void> open(const PromoteCommand& command, PromotionReport& report);

 private:
  PromotionRequest(OpenedForge forge, std::string into)
      : forge_(std::move(forge)), into_(std::move(into)) {}

  OpenedForge forge_;
  std::string into_;
};

}  // namespace cemli
