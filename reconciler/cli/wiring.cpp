#include "reconciler/cli/wiring.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <limits>
#include <ostream>
#include <utility>

#include "reconciler/cli/opening_stores.h"
#include "reconciler/cli/secret_sources.h"
#include "reconciler/desired/remote_repository.h"
#include "reconciler/package/package_store.h"
#include "state/base/file.h"
#include "state/base/process.h"
#include "state/lease.h"
#include "state/object_names.h"
#include "state/spool.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> cache_folder() {
  if (auto cache = environment_variable("XDG_CACHE_HOME")) return fs::path(*cache) / "cemli";
  if (auto home = environment_variable("HOME")) return fs::path(*home) / ".cache" / "cemli";
  return std::nullopt;
}

fs::path spool_folder() {
  if (auto spool = environment_variable("CEMLI_SPOOL")) return fs::absolute(*spool);
  if (auto state = environment_variable("XDG_STATE_HOME")) return fs::path(*state) / "cemli/spool";
  if (auto home = environment_variable("HOME")) return fs::path(*home) / ".local/state/cemli/spool";
  return {};
}

Error environment_missing() {
  return Error(ErrorCode::usage, "no environment is named").with_hint("name one: -e ENV");
}

/// The files at a revision; nothing means the working tree.
Result<std::unique_ptr<FileTree>> tree_at(const GitRepository& repository,
                                          const std::optional<std::string>& revision) {
  if (revision) {
    auto commit = repository.resolve_commit(*revision);
    if (!commit) return std::move(commit).error();
    return repository.files_at(*commit);
  }
  const auto root = repository.work_tree();
  if (!root)
    return Error(ErrorCode::invalid_input, "a bare repository has no working tree to read");
  return make_working_tree(*root);
}

Result<EnvironmentContext> open_context(const GlobalOptions& options, GitRepository repository,
                                        EnvironmentSettings settings,
                                        std::optional<DesiredSource> source,
                                        std::optional<std::string> commit) {
  auto stores = open_environment_stores(repository, settings, options.auth);
  if (!stores) return std::move(stores).error();
  return EnvironmentContext{std::move(repository),
                            std::move(settings),
                            std::move(source),
                            std::move(commit),
                            std::move(stores->packages),
                            std::move(stores->results),
                            std::move(stores->state),
                            std::move(stores->retries),
                            std::move(stores->vault),
                            RecordedCache(cache_folder()),
                            spool_folder(),
                            options.auth};
}

}  // namespace

Result<GitRepository> open_repository(const GlobalOptions& options) {
  if (!is_remote_repository(options.repository)) return GitRepository::open(options.repository);
  const auto cache = cache_folder();
  if (!cache) {
    return Error(ErrorCode::usage, "there is no place to keep a copy of the repository in")
        .with_hint("set HOME or XDG_CACHE_HOME");
  }
  auto copy = fetch_repository(options.repository, *cache, options.stop_fd);
  if (!copy) return std::move(copy).error();
  return GitRepository::open(*copy);
}

Result<EnvironmentFile> read_environment_at(const GitRepository& repository,
                                            const std::string& commit,
                                            const std::string& environment) {
  auto tree = repository.files_at(commit);
  if (!tree) return std::move(tree).error();
  return read_environment_file(**tree, environment);
}

Result<EnvironmentContext> open_environment(const GlobalOptions& options,
                                            const std::optional<std::string>& revision) {
  if (!options.environment) return environment_missing();
  auto repository = open_repository(options);
  if (!repository) return std::move(repository).error();
  auto tree = tree_at(*repository, revision);
  if (!tree) return std::move(tree).error();
  auto reading = read_environment(*std::move(tree), *options.environment, desired_cache());
  if (!reading) return std::move(reading).error();
  return open_environment_of(options, *repository, *std::move(reading));
}

DesiredCache desired_cache() {
  return DesiredCache(cache_folder());
}

Result<EnvironmentContext> open_environment_of(const GlobalOptions& options,
                                               const GitRepository& repository,
                                               EnvironmentReading reading) {
  std::optional<std::string> commit = reading.source.tree()->commit();
  return open_context(options, repository, std::move(reading.settings), std::move(reading.source),
                      std::move(commit));
}

Result<EnvironmentContext> open_record(const GlobalOptions& options, Streams& streams) {
  if (!options.environment) return environment_missing();
  auto repository = open_repository(options);
  if (!repository) return std::move(repository).error();
  auto commit = repository->resolve_commit("HEAD");
  if (!commit) return std::move(commit).error();
  auto tree = repository->files_at(*commit);
  if (!tree) return std::move(tree).error();
  auto recorded = read_recorded_environment(**tree, *options.environment);
  if (!recorded) return std::move(recorded).error();
  if (recorded->problems) {
    streams.err << fmt::format(
        "note: nothing can be planned or applied, as the environment's file is wrong:\n  cemli "
        "validate -e {}\n",
        *options.environment);
  }
  return open_context(options, *std::move(repository), std::move(recorded->settings), std::nullopt,
                      *std::move(commit));
}

Result<void> keep_out_of_git(const GitRepository& repository, const EnvironmentSettings& settings) {
  if (settings.stores) return {};
  auto folder = embedded_folder(repository);
  if (!folder) return std::move(folder).error();
  const fs::path ignore = *folder / ".gitignore";
  if (::access(ignore.c_str(), F_OK) == 0) return {};
  auto made = create_file(ignore, "*\n", Durability::relaxed);
  if (!made && made.error().code() != ErrorCode::conflict) return std::move(made).error();
  return {};
}

Result<EnvironmentFile> read_working_environment(const GitRepository& repository,
                                                 const std::string& environment) {
  auto tree = tree_at(repository, std::nullopt);
  if (!tree) return std::move(tree).error();
  return read_environment_file(**tree, environment);
}

Result<DesiredState> load_desired(const EnvironmentContext& context) {
  assert(context.source);
  auto desired = context.source->desired(*context.packages);
  if (!desired) return std::move(desired).error();
  auto versions = read_secret_versions(desired->secrets, watched_secrets(*desired), *context.vault);
  if (!versions) return std::move(versions).error();
  take_secret_versions(*desired, *versions);
  return desired;
}

Result<std::unique_ptr<Store>> choose_packages(const GlobalOptions& options,
                                               const std::optional<std::string>& store,
                                               StoreUse use) {
  if (store) return open_named_store(*store, options.auth);
  if (!options.environment) {
    return Error(ErrorCode::usage, "no packages store is named")
        .with_hint("name an environment with -e ENV, or a store with --store ADDRESS");
  }
  // Publishing comes before the commit that desires what is published.
  auto repository = open_repository(options);
  if (!repository) return std::move(repository).error();
  if (repository->work_tree()) {
    auto file = read_working_environment(*repository, *options.environment);
    if (!file) return std::move(file).error();
    if (use == StoreUse::write) {
      if (auto kept = keep_out_of_git(*repository, *file); !kept) return std::move(kept).error();
    }
    return open_packages_store(*repository, *file, options.auth);
  }
  auto context = open_environment(options, "HEAD");
  if (!context) return std::move(context).error();
  return std::move(context->packages);
}

Result<LogReading> read_recorded(EnvironmentContext& context, Streams& streams) {
  auto reading = read_log(*context.state, context.settings.environment, context.cache);
  if (!reading) {
    Error error = std::move(reading).error();
    if (error.code() != ErrorCode::corrupt) return error;
    return std::move(error).with_hint("cemli audit verify -e " + context.settings.environment);
  }
  for (const std::string& notice : reading->notices) streams.err << "note: " << notice << '\n';
  if (const auto& closed = reading->state.closed) {
    streams.err << fmt::format(
        "note: this log is closed and goes on in '{}'; what is told is as it was then\n",
        closed->to);
  }
  auto spools = find_spools(context.spools, reading->state.log.value_or(""));
  if (!spools) return std::move(spools).error();
  for (const fs::path& spool : *spools) {
    streams.err << fmt::format(
        "note: what run {} could not record waits on this machine:\n  cemli state replay -e {}\n",
        spool.filename().string(), context.settings.environment);
  }
  auto died = has_active_run_died(*context.state, *reading);
  if (!died) return std::move(died).error();
  if (*died) {
    streams.err << fmt::format(
        "note: run {} is gone without having ended; what it was running is interrupted, and the "
        "next apply sets it aside\n",
        reading->state.active_run->started.run);
  }
  return reading;
}

Result<void> show_interrupted(EnvironmentContext& context, LogReading& reading) {
  auto died = has_active_run_died(*context.state, reading);
  if (!died) return std::move(died).error();
  if (!*died) return {};
  RecordedState aside = reading.state;
  set_active_run_aside(aside, wall_now());
  reading.state.addresses = std::move(aside.addresses);
  return {};
}

Writer this_writer(std::optional<RunId> run) {
  std::optional<std::string> claimed = environment_variable("USER");
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (!claimed && ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    claimed = found->pw_name;
  }
  return {std::move(run), host_name(), std::nullopt, std::move(claimed), CEMLI_VERSION};
}

Result<RunId> find_run(EnvironmentContext& context, const RecordedState& recorded,
                       const std::string& word) {
  const std::string& environment = context.settings.environment;
  if (word == "latest") {
    if (recorded.active_run) return recorded.active_run->started.run;
    if (recorded.last_run) return recorded.last_run->run;
    return Error(ErrorCode::not_found, fmt::format("environment '{}' has no run yet", environment))
        .with_hint("cemli apply -e " + environment);
  }
  const std::string prefix = runs_prefix(environment);
  auto keys = context.results->list(prefix, prefix + word, std::numeric_limits<std::size_t>::max());
  if (!keys) return std::move(keys).error();
  std::optional<RunId> match;
  for (const std::string& key : *keys) {
    const std::string run = key.substr(prefix.size(), key.find('/', prefix.size()) - prefix.size());
    if (!run.starts_with(word)) break;
    if (match && *match != run)
      return Error(ErrorCode::not_found, fmt::format("'{}' begins more than one run's id", word));
    match = run;
  }
  if (match) return *match;
  return Error(ErrorCode::not_found,
               fmt::format("environment '{}' has no run '{}'", environment, word))
      .with_hint("cemli status -e " + environment + " names the last one");
}

Result<RunInRecord> open_run(const GlobalOptions& options, const std::string& word,
                             Streams& streams) {
  auto context = open_record(options, streams);
  if (!context) return std::move(context).error();
  auto reading = read_recorded(*context, streams);
  if (!reading) return std::move(reading).error();
  auto run = find_run(*context, reading->state, word);
  if (!run) return std::move(run).error();
  return RunInRecord{*std::move(context), *std::move(run)};
}

}  // namespace cemli
