#include "reconciler/desired/locking.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace cemli {
namespace {

bool tracks_all(const EnvironmentFile& file) {
  return file.track == EnvironmentFile::Track::all;
}

/// Whether the file may desire this locked version: by its entry, or by `track`.
bool still_fits(const EnvironmentFile& file, const std::string& name, const Version& version) {
  const auto entry = file.packages.find(name);
  if (entry != file.packages.end()) return fits(entry->second.version, version);
  return tracks_all(file) && !version.is_prerelease();
}

class Comparison {
 public:
  explicit Comparison(const EnvironmentFile& file) : file_(file), lock_(*file.lock) {}

  std::vector<Problem> run() {
    if (lock_.tracks_all != tracks_all(file_)) {
      add(file_.file,
          fmt::format("'track' is {}, and was {} when the lock was written",
                      tracks_all(file_) ? "all" : "none", lock_.tracks_all ? "all" : "none"));
    }
    for (const auto& [name, entry] : file_.packages) compare(name, entry);
    for (const auto& [name, locked] : lock_.packages) {
      if (file_.packages.contains(name)) continue;
      if (!still_fits(file_, name, locked.package.manifest.version) || !locked.instances.empty()) {
        add(lock_path(file_.environment),
            fmt::format("'{}' {} is locked, and {} does not desire it", name,
                        locked.package.manifest.version.text(), file_.file));
      }
    }
    return std::move(problems_);
  }

 private:
  void add(std::string place, std::string what) {
    problems_.push_back({std::move(place), std::move(what)});
  }

  void compare(const std::string& name, const PackageEntry& entry) {
    const auto found = lock_.packages.find(name);
    if (found == lock_.packages.end())
      return add(where(file_.file, entry.at), fmt::format("'{}' is not locked", name));
    const LockedPackage& locked = found->second;
    const Version& version = locked.package.manifest.version;
    if (!fits(entry.version, version)) {
      add(where(file_.file, entry.version_at),
          fmt::format("'{}' is locked at {}, which does not fit '{}'", name, version.text(),
                      wanted_text(entry.version)));
    }
    const std::vector<std::string> instances = instances_of(entry);
    if (locked.instances != instances) {
      const auto shown = [](const std::vector<std::string>& names) {
        return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
      };
      add(where(file_.file, entry.at),
          fmt::format("the instances of '{}' are {}, and {} are locked", name, shown(instances),
                      shown(locked.instances)));
    }
  }

  const EnvironmentFile& file_;
  const LockFile& lock_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<std::string> instances_of(const PackageEntry& entry) {
  std::vector<std::string> names;
  for (const auto& instance : entry.instances) names.push_back(instance.first);
  return names;
}

Result<PublishedPackages> take_locked(const EnvironmentFile& file) {
  auto problems = Comparison(file).run();
  if (!problems.empty()) {
    problems.insert(problems.begin(), {lock_path(file.environment),
                                       fmt::format("stale: it does not fit {}", file.file)});
    return error_of(problems).with_hint("cemli lock -e " + file.environment);
  }
  PublishedPackages packages;
  for (const auto& [name, locked] : file.lock->packages)
    packages.packages.emplace(name, locked.package);
  return packages;
}

std::map<std::string, Version> kept_versions(const EnvironmentFile& file,
                                             const std::set<std::string>& upgrade) {
  std::map<std::string, Version> kept;
  if (!file.lock) return kept;
  for (const auto& [name, locked] : file.lock->packages) {
    const Version& version = locked.package.manifest.version;
    if (!upgrade.contains(name) && still_fits(file, name, version)) kept.emplace(name, version);
  }
  return kept;
}

Result<LockFile> make_lock(const EnvironmentFile& file, const PublishedPackages& found) {
  LockFile lock{file.environment, tracks_all(file)};
  std::vector<Problem> problems;
  for (const auto& [name, package] : found.packages) {
    const auto entry = file.packages.find(name);
    lock.packages.emplace(
        name, LockedPackage{package, entry != file.packages.end() ? instances_of(entry->second)
                                                                  : std::vector<std::string>()});
    if (!file.lock || file.policy.mutable_versions) continue;
    const auto before = file.lock->packages.find(name);
    if (before == file.lock->packages.end()) continue;
    const PublishedPackage& locked = before->second.package;
    if (locked.manifest.version == package.manifest.version && locked.content != package.content) {
      problems.push_back(
          {name, fmt::format("the content of {} changed under its version: {} is locked, and {} is "
                             "in the packages store",
                             package.manifest.version.text(), locked.content.abbreviated(),
                             package.content.abbreviated())});
    }
  }
  if (problems.empty()) return lock;
  return Error(ErrorCode::conflict, error_of(problems).message())
      .with_hint("a published version never changes: publish the new content as a new version");
}

}  // namespace cemli
