#include "reconciler/cli/commands/run_surroundings.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

#include "reconciler/package/package_store.h"
#include "state/base/clock.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

std::string variable_or(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? fallback : value;
}

/// Whether files in `folder` never reach a disk (but for swap).
bool is_memory(const fs::path& folder) {
  constexpr long kTmpfs = 0x01021994;
  struct statfs status {};
  return ::statfs(folder.c_str(), &status) == 0 && status.f_type == kTmpfs &&
         ::access(folder.c_str(), W_OK | X_OK) == 0;
}

std::vector<fs::path> memory_roots() {
  std::vector<fs::path> roots;
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime == '/')
    roots.emplace_back(runtime);
  roots.emplace_back("/dev/shm");
  return roots;
}

void remove_below(const fs::path& root, const std::string& prefix) {
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().native().starts_with(prefix))
      static_cast<void>(remove_tree(it->path()));
  }
}

UniqueFd lock_folder(const fs::path& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.is_open() && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

std::set<fs::path> work_roots() {
  std::set<fs::path> roots{temporary_root()};
  for (const fs::path& root : memory_roots()) roots.insert(root);
  return roots;
}

/// Whether a folder is named after a run: `cemli-20261123T064105Z-…`.
bool is_work(const std::string& name) {
  return name.starts_with("cemli-") && name.size() > 22 && name[14] == 'T' && name[21] == 'Z' &&
         name[22] == '-';
}

/// Whether it is ours, and older than it takes to lock what one has made.
bool is_old_work(const fs::path& folder) {
  constexpr std::chrono::seconds kTimeToLock(60);
  struct stat status {};
  if (!is_work(folder.filename()) || ::lstat(folder.c_str(), &status) != 0 ||
      !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) {
    return false;
  }
  return std::chrono::seconds(status.st_mtim.tv_sec) + kTimeToLock < wall_now().time_since_epoch();
}

void remove_ownerless_work() {
  for (const fs::path& root : work_roots()) {
    std::error_code error;
    for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
      if (!is_old_work(it->path())) continue;
      const UniqueFd lock = lock_folder(it->path());
      if (lock.is_open()) static_cast<void>(remove_tree(it->path()));
    }
  }
}

std::map<std::string, std::string> variables_of(const RunnerSettings& runner) {
  std::map<std::string, std::string> variables = runner.set;
  for (const std::string& name : runner.pass) {
    if (const char* value = std::getenv(name.c_str()); value != nullptr)
      variables.emplace(name, value);
  }
  return variables;
}

std::set<std::string> secrets_of(const Plan& plan) {
  std::set<std::string> names;
  for (const Action& action : plan.actions) {
    const DesiredPackage* package = runs_programs(action.kind) ? action.package() : nullptr;
    if (package != nullptr) names.insert(package->secrets.begin(), package->secrets.end());
  }
  return names;
}

}  // namespace

std::map<std::string, Digest> RunSurroundings::digests() const {
  std::map<std::string, Digest> digests;
  for (const auto& [name, value] : variables) digests.emplace(name, Digest::of(value));
  digests.insert_or_assign("PATH", Digest::of(path));
  digests.insert_or_assign("LANG", Digest::of(language));
  if (home) digests.insert_or_assign("HOME", Digest::of(*home));
  return digests;
}

Result<RunSurroundings> read_surroundings(const EnvironmentContext& context, const Plan& plan) {
  const RunnerSettings& runner = context.settings.runner;
  RunSurroundings found;
  found.variables = variables_of(runner);
  const auto taken = [&found](const char* name, const char* fallback) {
    auto own = found.variables.extract(name);
    return own.empty() ? variable_or(name, fallback) : std::move(own.mapped());
  };
  found.path = taken("PATH", "/usr/local/bin:/usr/bin:/bin");
  found.language = taken("LANG", "C.UTF-8");
  if (runner.home == RunnerSettings::Home::inherit) found.home = variable_or("HOME", "/");
  auto root = context.repository.main_work_tree();
  if (!root) return std::move(root).error();
  auto secrets = read_secrets(context.settings.secrets, secrets_of(plan), {*root, *context.vault});
  if (!secrets) return std::move(secrets).error();
  found.secrets = *std::move(secrets);
  std::vector<std::string> values;
  for (const auto& secret : found.secrets.values) values.push_back(secret.second);
  auto masks = Masks::make(values);
  if (!masks) return std::move(masks).error();
  found.masks = *std::move(masks);
  return found;
}

Result<StepGround> make_ground(const RunSurroundings& surroundings, const std::string& environment,
                               const RunId& run, std::uint64_t fence) {
  remove_ownerless_work();
  auto work = TemporaryFolder::make(temporary_root(), work_prefix(run));
  if (!work) return std::move(work).error().while_doing("making a folder for steps");
  StepGround ground{*std::move(work),
                    std::nullopt,
                    {environment, run, fence, surroundings.path, surroundings.language}};
  ground.locks.push_back(lock_folder(ground.work.path()));
  if (!surroundings.secrets.values.empty()) {
    auto secrets = TemporaryFolder::make(secrets_root(), work_prefix(run));
    if (!secrets) return std::move(secrets).error().while_doing("making a folder for secrets");
    ground.secrets = *std::move(secrets);
    ground.locks.push_back(lock_folder(ground.secrets->path()));
    ground.facts.secrets_root = ground.secrets->path();
  }
  ground.facts.variables = surroundings.variables;
  ground.facts.home = surroundings.home;
  ground.facts.secrets = surroundings.secrets.values;
  ground.facts.masks = surroundings.masks;
  return ground;
}

PackageFetcher fetcher_from(Store& packages) {
  return [&packages](const DesiredPackage& desired) -> Result<UniqueFd> {
    auto version = Version::parse(desired.identity.version);
    if (!version) return std::move(version).error();
    return PackageStore(packages).fetch(desired.identity.address.name(), *version,
                                        desired.zip_digest, desired.zip_size);
  };
}

RunId new_run_id() {
  return fmt::format("{}-{}", format_compact_timestamp(wall_now()), random_hex(4));
}

fs::path secrets_root() {
  for (const fs::path& root : memory_roots()) {
    if (is_memory(root)) return root;
  }
  return temporary_root();
}

std::string work_prefix(const RunId& run) {
  return "cemli-" + run + "-";
}

void remove_work_of(const RunId& run) {
  for (const fs::path& root : work_roots()) remove_below(root, work_prefix(run));
}

}  // namespace cemli
