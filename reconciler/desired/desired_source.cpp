#include "reconciler/desired/desired_source.h"

#include <fmt/format.h>

#include <utility>

#include "reconciler/desired/find_packages.h"
#include "reconciler/desired/locking.h"
#include "reconciler/desired/resolve.h"
#include "state/base/address.h"

namespace cemli {
namespace {

/// Nothing where what the files desire does not follow from them alone, or they may be others by
/// the time they are read, as in a working tree. What is wrong with them is told by who reads them.
std::optional<EnvironmentFileIds> lasting_ids(const FileTree& tree, std::string_view environment) {
  if (!tree.commit() || !is_name(environment)) return std::nullopt;
  auto ids = read_file_ids(tree, environment);
  if (!ids || !ids->file || !ids->lock) return std::nullopt;
  return *std::move(ids);
}

}  // namespace

Result<DesiredState> resolve_file(const EnvironmentFile& file, Store& packages,
                                  std::optional<std::string> commit) {
  auto published = file.lock ? take_locked(file) : find_packages(file, packages);
  if (!published) return std::move(published).error();
  return resolve(file, *published, std::move(commit));
}

DesiredSource::DesiredSource(std::shared_ptr<const FileTree> tree, EnvironmentFile draft)
    : tree_(std::move(tree)), file_(std::move(draft)) {}

bool DesiredSource::is_locked() const {
  return known_ || file_->lock;
}

Result<const EnvironmentFile*> DesiredSource::file() const {
  if (!file_) {
    auto read = read_environment_file(*tree_, known_->settings.environment, memory_);
    if (!read) return std::move(read).error();
    file_ = *std::move(read);
  }
  return &*file_;
}

Result<DesiredState> DesiredSource::desired(Store& packages) const {
  if (known_) {
    DesiredState desired = known_->desired;
    desired.commit = tree_->commit();
    return desired;
  }
  auto desired = resolve_file(*file_, packages, std::nullopt);
  if (!desired) return desired;
  if (place_) place_->cache.keep(place_->ids, {*file_, *desired});
  desired->commit = tree_->commit();
  return desired;
}

Result<void> DesiredSource::confirm(Store& packages) const {
  if (!known_) return {};
  auto read = file();
  if (!read) return std::move(read).error();
  auto desired = resolve_file(**read, packages, std::nullopt);
  if (!desired) return std::move(desired).error();
  if (KnownEnvironment{**read, *std::move(desired)} == *known_) return {};
  place_->cache.drop(known_->settings.environment, place_->ids);
  return Error(ErrorCode::corrupt,
               fmt::format("the local cache had something else of '{}' than {} says, and nothing "
                           "was done; that part of it is removed",
                           known_->settings.file, tree_->description()))
      .with_hint("find out who writes to the cache, and run this again");
}

Result<std::map<std::string, PublishedPackage>> DesiredSource::locked(
    const std::set<std::string>& names) const {
  auto read = file();
  if (!read) return std::move(read).error();
  const auto& all = (*read)->lock->packages;
  std::map<std::string, PublishedPackage> lines;
  for (const std::string& name : names) {
    const auto line = all.find(name);
    if (line == all.end()) {
      return Error(ErrorCode::corrupt, fmt::format("{} has no line for '{}', which is to run",
                                                   lock_path((*read)->environment), name));
    }
    lines.emplace(name, line->second.package);
  }
  return lines;
}

Result<EnvironmentReading> read_environment(std::shared_ptr<const FileTree> tree,
                                            std::string_view environment, const DesiredCache& cache,
                                            LockMemory* memory) {
  DesiredSource source(std::move(tree));
  source.memory_ = memory;
  if (auto ids = lasting_ids(*source.tree_, environment)) {
    source.known_ = cache.load(environment, *ids);
    source.place_ = DesiredSource::Place{cache, *std::move(ids)};
  }
  if (!source.known_) {
    auto file = read_environment_file(*source.tree_, environment, memory);
    if (!file) return std::move(file).error();
    source.file_ = *std::move(file);
  }
  EnvironmentSettings settings = source.known_ ? source.known_->settings : *source.file_;
  return EnvironmentReading{std::move(settings), std::move(source)};
}

}  // namespace cemli
