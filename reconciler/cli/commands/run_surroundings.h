#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/secret_sources.h"
#include "reconciler/cli/wiring.h"
#include "reconciler/execute/masking.h"
#include "reconciler/execute/workspace.h"

namespace cemli {

/// What a run takes from the machine it runs on.
struct RunSurroundings {
  std::string path;
  std::string language;
  /// What the environment's `runner` passes on and sets.
  std::map<std::string, std::string> variables;
  /// cemli's own `HOME`, where steps get it.
  std::optional<std::string> home;
  SecretValues secrets;
  Masks masks;

  /// Digests of all that steps see of cemli's own variables, by name.
  [[nodiscard]] std::map<std::string, Digest> digests() const;
};

/// Reads them, with the secrets that the plan's packages need and no others: what is missing is an
/// error before anything runs.
[[nodiscard]] Result<RunSurroundings> read_surroundings(const EnvironmentContext& context,
                                                        const Planning& planning);

/// Where folders for steps are made.
[[nodiscard]] std::filesystem::path temporary_root();
/// Where folders for secrets are made: in memory where the system has a place for that.
[[nodiscard]] std::filesystem::path secrets_root();
/// All folders of a run start with this, so that the run which sets it aside finds what it left.
[[nodiscard]] std::string work_prefix(const RunId& run);
/// Removes what a run that is gone has left.
void remove_work_of(const RunId& run);

}  // namespace cemli
