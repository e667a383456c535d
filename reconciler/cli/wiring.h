#pragma once

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/cli/options.h"
#include "reconciler/desired/desired_source.h"
#include "reconciler/desired/desired_state.h"
#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/git_repository.h"
#include "reconciler/report/terminal.h"
#include "state/event.h"
#include "state/log.h"
#include "state/recorded_cache.h"
#include "state/store/oci_vault.h"
#include "state/store/retry.h"
#include "state/store/store.h"

namespace cemli {

/// Where a command talks to its user: data to `out`, everything else to `err`.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  TextStyle out_style;
  TextStyle err_style;
  /// Whether both standard input and standard error are a terminal, so that a question can be
  /// asked.
  bool can_ask = false;
};

/// An environment as one commit, or the working tree, describes it, with its stores opened.
struct EnvironmentContext {
  GitRepository repository;
  EnvironmentSettings settings;
  /// What it desires; absent where the record alone was opened.
  std::optional<DesiredSource> source;
  /// Absent for the working tree.
  std::optional<std::string> commit;
  std::unique_ptr<Store> packages;
  std::unique_ptr<Store> results;
  std::unique_ptr<Store> state;
  /// What stores that cannot be reached at once have cost so far.
  std::shared_ptr<RetryBudget> retries;
  std::unique_ptr<OciVault> vault;
  RecordedCache cache;
  /// The folder of this machine's spools; empty where it has no place for one.
  std::filesystem::path spools;
  /// The word of `--auth`, for stores of other environments.
  std::optional<std::string> auth = std::nullopt;
};

/// The repository that `--repo` names, brought here first where it is elsewhere.
[[nodiscard]] Result<GitRepository> open_repository(const GlobalOptions& options);

/// Opens the environment that `-e` names at `revision`; nothing means the working tree. `usage`
/// without `-e`.
[[nodiscard]] Result<EnvironmentContext> open_environment(
    const GlobalOptions& options, const std::optional<std::string>& revision);

/// An environment that was read already, with its stores opened.
[[nodiscard]] Result<EnvironmentContext> open_environment_of(const GlobalOptions& options,
                                                             const GitRepository& repository,
                                                             EnvironmentReading reading);

/// The local cache of desired states.
[[nodiscard]] DesiredCache desired_cache();

/// As `open_environment` at `HEAD`, for who needs the record alone: what is wrong with the file
/// elsewhere is only noted, and `settings` then has its name and stores alone.
[[nodiscard]] Result<EnvironmentContext> open_record(const GlobalOptions& options,
                                                     Streams& streams);

/// As one commit has it.
[[nodiscard]] Result<EnvironmentFile> read_environment_at(const GitRepository& repository,
                                                          const std::string& commit,
                                                          const std::string& environment);

/// As the working tree has it, committed or not.
[[nodiscard]] Result<EnvironmentFile> read_working_environment(const GitRepository& repository,
                                                               const std::string& environment);

/// What an environment desires, with the present versions of secrets where packages are to run
/// again on new ones: what is compared with the record. Not for who opened the record alone.
[[nodiscard]] Result<DesiredState> load_desired(const EnvironmentContext& context);

/// Makes sure that no commit takes the embedded store along. For who is about to write to it; those
/// who read leave nothing.
[[nodiscard]] Result<void> keep_out_of_git(const GitRepository& repository,
                                           const EnvironmentSettings& settings);

enum class StoreUse { read, write };

/// The packages store that `store` (an address) or the environment names.
[[nodiscard]] Result<std::unique_ptr<Store>> choose_packages(
    const GlobalOptions& options, const std::optional<std::string>& store, StoreUse use);

/// Reads the environment's recorded state and passes its notices on; that spools wait is one.
[[nodiscard]] Result<LogReading> read_recorded(EnvironmentContext& context, Streams& streams);

/// For those who only look: where the active run is seen to be gone, what it was running is
/// interrupted, as the next run will record it.
[[nodiscard]] Result<void> show_interrupted(EnvironmentContext& context, LogReading& reading);

/// Who this process is in the log; `run` is absent for an operator's command.
[[nodiscard]] Writer this_writer(std::optional<RunId> run);

/// The full id of the run that `latest`, an id or the unambiguous start of one names. `not_found`
/// where there is none.
[[nodiscard]] Result<RunId> find_run(EnvironmentContext& context, const RecordedState& recorded,
                                     const std::string& word);

/// A run that a command looks at.
struct RunInRecord {
  EnvironmentContext context;
  RunId run;
};
/// Opens the record, and finds the run that `word` names in it.
[[nodiscard]] Result<RunInRecord> open_run(const GlobalOptions& options, const std::string& word,
                                           Streams& streams);

}  // namespace cemli
