#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/execute/masking.h"
#include "reconciler/package/manifest.h"
#include "reconciler/plan/action.h"
#include "state/base/file.h"
#include "state/base/readable_bytes.h"
#include "state/base/result.h"

namespace cemli {

/// The fresh private folder that all steps of one attempt share: `package/` (the unpacked package,
/// their working directory), `artifacts/`, `secrets/`, `home/` and `parameters.json`.
struct Workspace {
  TemporaryFolder folder;
  Manifest manifest;
  /// Where the secrets are, once they were written.
  std::optional<TemporaryFolder> secrets_folder = std::nullopt;

  [[nodiscard]] std::filesystem::path package() const { return folder.path() / "package"; }
  [[nodiscard]] std::filesystem::path artifacts() const { return folder.path() / "artifacts"; }
  [[nodiscard]] std::filesystem::path secrets() const {
    return secrets_folder ? secrets_folder->path() : folder.path() / "secrets";
  }
  [[nodiscard]] std::filesystem::path home() const { return folder.path() / "home"; }
  [[nodiscard]] std::filesystem::path parameters() const {
    return folder.path() / "parameters.json";
  }
};

/// Unpacks the zip of a desired package below `parent` and checks that it holds what is desired.
[[nodiscard]] Result<Workspace> prepare_workspace(const DesiredPackage& desired,
                                                  const ReadableBytes& zip,
                                                  const std::filesystem::path& parent);

/// What a run tells its steps about itself.
struct RunFacts {
  std::string environment;
  RunId run;
  /// Number of the run's first log entry, ever rising: `CEMLI_FENCE`.
  std::uint64_t fence = 0;
  /// `PATH` that steps see, and where a program named without `/` is looked for.
  std::string path;
  std::string language;  ///< `LANG` that steps see
  /// More variables that steps see: what the environment's `runner` passes on and sets.
  std::map<std::string, std::string> variables = {};
  /// `HOME` that steps see; absent: a private folder.
  std::optional<std::string> home = std::nullopt;
  /// Values by name. Each attempt gets those that its package names, as files in a folder of its
  /// own below `secrets_root`.
  std::map<std::string, std::string> secrets = {};
  std::filesystem::path secrets_root = {};
  /// Of all those values.
  Masks masks = {};
};

/// The whole environment of a step, as `NAME=VALUE`.
[[nodiscard]] std::vector<std::string> step_environment(const RunFacts& facts, const Action& action,
                                                        const Workspace& workspace,
                                                        const std::string& step);

/// The program and its arguments: a path in the package as it is where it has a run bit, else by
/// `/bin/sh`; a name without `/` where `PATH` has it (`not_found` otherwise).
[[nodiscard]] Result<std::vector<std::string>> step_command(const RunFacts& facts,
                                                            const Workspace& workspace,
                                                            const StepSpec& step);

}  // namespace cemli
