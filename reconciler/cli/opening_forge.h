#pragma once

#include <memory>
#include <string>

#include "reconciler/cli/options.h"
#include "reconciler/desired/git_repository.h"
#include "reconciler/forge/forge.h"
#include "state/base/result.h"

namespace cemli {

/// A forge that can be asked, with the token that the environment variables have for it.
struct OpenedForge {
  ForgePlace place;
  std::unique_ptr<Forge> forge;
};

/// The forge of the repository: what `choice` says counts, then the pipeline's variables, then the
/// remote `origin`. `usage` says what is missing. Asks nothing yet.
[[nodiscard]] Result<OpenedForge> open_forge(const GlobalOptions& options,
                                             const GitRepository& repository,
                                             const ForgeChoice& choice);

}  // namespace cemli
