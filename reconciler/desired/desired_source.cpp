#include "reconciler/desired/desired_source.h"

#include <utility>

#include "reconciler/desired/find_packages.h"
#include "reconciler/desired/locking.h"
#include "reconciler/desired/resolve.h"
#include "state/base/address.h"

namespace cemli {
Result<DesiredState> resolve_file(const EnvironmentFile& file, Store& packages,
                                  std::optional<std::string> commit) {
  auto published = file.lock ? take_locked(file) : find_packages(file, packages);
  if (!published) return std::move(published).error();
  return resolve(file, *published, std::move(commit));
}

DesiredSource::DesiredSource(std::shared_ptr<const FileTree> tree, EnvironmentFile draft)
    : DesiredSource(std::move(tree), std::move(draft), std::nullopt) {}

DesiredSource::DesiredSource(std::shared_ptr<const FileTree> tree,
                             std::variant<EnvironmentFile, DesiredState> content,
                             std::optional<Place> place)
    : tree_(std::move(tree)), content_(std::move(content)), place_(std::move(place)) {}

bool DesiredSource::is_locked() const {
  const auto* file = std::get_if<EnvironmentFile>(&content_);
  return file == nullptr || file->lock;
}

Result<DesiredState> DesiredSource::desired(Store& packages) const {
  if (const auto* known = std::get_if<DesiredState>(&content_)) {
    DesiredState desired = *known;
    desired.commit = tree_->commit();
    return desired;
  }
  const auto& file = std::get<EnvironmentFile>(content_);
  auto desired = resolve_file(file, packages, std::nullopt);
  if (!desired) return desired;
  if (place_) place_->cache.keep(place_->ids, {file, *desired});
  desired->commit = tree_->commit();
  return desired;
}

Result<std::map<std::string, PublishedPackage>> DesiredSource::locked(
    const std::set<std::string>& names) const {
  std::optional<LockFile> read;
  const LockFile* lock = nullptr;
  if (const auto* file = std::get_if<EnvironmentFile>(&content_)) {
    lock = &*file->lock;
  } else {
    const std::string& environment = std::get<DesiredState>(content_).environment;
    const std::string path = lock_path(environment);
    auto text = tree_->read(path);
    if (!text) return std::move(text).error();
    auto parsed = parse_lock_file(text->value_or(""), environment, path);
    if (!parsed) return std::move(parsed).error();
    lock = &read.emplace(*std::move(parsed));
  }
  std::map<std::string, PublishedPackage> lines;
  for (const std::string& name : names) lines.emplace(name, lock->packages.at(name).package);
  return lines;
}

Result<EnvironmentReading> read_environment(std::shared_ptr<const FileTree> tree,
                                            std::string_view environment,
                                            const DesiredCache& cache, LockMemory* memory) {
  // The files of a working tree may be others by the time they are read. A name that is none is
  // told of by who reads the file.
  std::optional<EnvironmentFileIds> ids;
  if (tree->commit() && is_name(environment)) {
    auto read = read_file_ids(*tree, environment);
    if (!read) return std::move(read).error();
    if (read->lock) ids = *std::move(read);
  }
  if (ids) {
    if (auto known = cache.load(environment, *ids)) {
      return EnvironmentReading{
          std::move(known->settings),
          DesiredSource(std::move(tree), std::move(known->desired), std::nullopt)};
    }
  }
  auto file = read_environment_file(*tree, environment, memory);
  if (!file) return std::move(file).error();
  EnvironmentSettings settings = *file;
  std::optional<DesiredSource::Place> place;
  if (ids) place = DesiredSource::Place{cache, *std::move(ids)};
  return EnvironmentReading{std::move(settings),
                            DesiredSource(std::move(tree), *std::move(file), std::move(place))};
}

}  // namespace cemli
