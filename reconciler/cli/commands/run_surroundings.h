#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/cli/secret_sources.h"
#include "reconciler/cli/wiring.h"
#include "reconciler/execute/fetch_pool.h"
#include "reconciler/execute/masking.h"
#include "reconciler/execute/workspace.h"
#include "reconciler/plan/plan.h"
#include "state/store/store.h"

namespace cemli {

/// What a run takes from the machine it runs on.
struct RunSurroundings {
  std::string path;
  std::string language;
  /// What the environment's `runner` passes on and sets.
  std::map<std::string, std::string> variables;
  /// cemli's own `HOME`, where steps get it.
  std::optional<std::string> home;
  ReadSecrets secrets;
  Masks masks;

  /// Digests of all that steps see of cemli's own variables, by name.
  [[nodiscard]] std::map<std::string, Digest> digests() const;
};

/// Reads them, with the secrets that the plan's packages need and no others: what is missing is an
/// error before anything runs.
[[nodiscard]] Result<RunSurroundings> read_surroundings(const EnvironmentContext& context,
                                                        const Plan& plan);

/// What the steps of one run work with: folders of their own, and what they are told.
struct StepGround {
  TemporaryFolder work;
  /// Only where there are secrets.
  std::optional<TemporaryFolder> secrets;
  RunFacts facts;
  /// Held as long as this process lives: who finds a folder without its lock may remove it.
  std::vector<UniqueFd> locks = {};
};

/// Makes the folders, named after `run`, and removes those that killed processes have left. `fence`
/// is what steps see as `CEMLI_FENCE`.
[[nodiscard]] Result<StepGround> make_ground(const RunSurroundings& surroundings,
                                             const std::string& environment, const RunId& run,
                                             std::uint64_t fence);

/// Brings zips from the packages store, which must outlive it.
[[nodiscard]] PackageFetcher fetcher_from(Store& packages);

/// `20261123T064105Z-6f3a9c21`, of now.
[[nodiscard]] RunId new_run_id();

/// Where folders for secrets are made: in memory where the system has a place for that.
[[nodiscard]] std::filesystem::path secrets_root();
/// All folders of a run start with this, so that the run which sets it aside finds what it left.
[[nodiscard]] std::string work_prefix(const RunId& run);
/// Removes what a run that is gone has left.
void remove_work_of(const RunId& run);

}  // namespace cemli
