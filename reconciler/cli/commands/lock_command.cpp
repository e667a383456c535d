#include <fmt/format.h>

#include <ostream>
#include <set>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/opening_stores.h"
#include "reconciler/desired/find_packages.h"
#include "reconciler/desired/locking.h"
#include "state/base/file.h"

namespace cemli {
namespace {

/// The packages that need not keep their version.
Result<std::set<std::string>> packages_to_upgrade(const EnvironmentFile& file,
                                                  const LockCommand& command) {
  std::set<std::string> names;
  if (!command.upgrade || !file.lock) return names;
  if (command.upgrade->empty()) {
    for (const auto& locked : file.lock->packages) names.insert(locked.first);
    return names;
  }
  for (const std::string& word : *command.upgrade) {
    // The instances of a package have one version.
    const auto address = Address::parse(word);
    if (!address) return address.error();
    const std::string& name = address->name();
    if (!file.packages.contains(name) && !file.lock->packages.contains(name)) {
      return Error(ErrorCode::not_found, fmt::format("{} has no package '{}'", file.file, name));
    }
    names.insert(name);
  }
  return names;
}

/// Prints what the new lock changes.
void print_changes(const LockFile& before, const LockFile& after, Streams& streams) {
  for (const auto& [name, locked] : after.packages) {
    const std::string& version = locked.package.manifest.version.text();
    const auto old = before.packages.find(name);
    if (old == before.packages.end()) {
      streams.out << fmt::format("  + {} {}\n", name, version);
    } else if (const std::string& from = old->second.package.manifest.version.text();
               from != version) {
      streams.out << fmt::format("  ~ {} {} -> {}\n", name, from, version);
    } else if (old->second.package.content != locked.package.content) {
      streams.out << fmt::format("  ~ {} {}, with other content\n", name, version);
    } else if (old->second.instances != locked.instances) {
      streams.out << fmt::format("  ~ {} {}, with other instances\n", name, version);
    }
  }
  for (const auto& [name, locked] : before.packages) {
    if (!after.packages.contains(name))
      streams.out << fmt::format("  - {} {}\n", name, locked.package.manifest.version.text());
  }
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const LockCommand& command,
                               Streams& streams) {
  if (!global.environment)
    return Error(ErrorCode::usage, "no environment is named").with_hint("name one: -e ENV");
  auto repository = open_repository(global);
  if (!repository) return std::move(repository).error();
  auto file = read_working_environment(*repository, *global.environment);
  if (!file) return std::move(file).error();
  auto upgrade = packages_to_upgrade(*file, command);
  if (!upgrade) return std::move(upgrade).error();
  auto store = open_packages_store(*repository, *file, global.auth);
  if (!store) return std::move(store).error();
  auto found = find_packages(*file, **store, kept_versions(*file, *upgrade));
  if (!found) return std::move(found).error();
  // What no plan could be made of is not locked.
  if (auto desired = resolve(*file, *found, std::nullopt); !desired)
    return std::move(desired).error();
  auto lock = make_lock(*file, *found);
  if (!lock) return std::move(lock).error();
  const std::string path = lock_path(file->environment);
  const std::string total =
      fmt::format("{} package{}", lock->packages.size(), lock->packages.size() == 1 ? "" : "s");
  if (file->lock == *lock) {
    streams.out << fmt::format("{} is up to date: {}\n", path, total);
    return ExitStatus::done;
  }
  auto written =
      replace_file(*repository->work_tree() / path, encode_lock(*lock), Durability::synced);
  if (!written) return std::move(written).error();
  streams.out << fmt::format("{} locks {}\n", path, total);
  print_changes(file->lock.value_or(LockFile{}), *lock, streams);
  streams.err << fmt::format("note: it counts once it is committed with {}\n", file->file);
  return ExitStatus::done;
}

}  // namespace cemli
