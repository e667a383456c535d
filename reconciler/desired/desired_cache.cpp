#include "reconciler/desired/desired_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "reconciler/desired/lock_file.h"
#include "reconciler/desired/packed_desired.h"
#include "reconciler/desired/signer_files.h"
#include "state/base/cache_file.h"
#include "state/base/digest.h"

namespace cemli {

template <>
struct Packed<KnownEnvironment> {
  static constexpr auto members =
      std::tuple(&KnownEnvironment::settings, &KnownEnvironment::desired);
};

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout = "desired state";
constexpr std::size_t kMostKept = 16;

fs::path folder_of(const fs::path& cache, std::string_view environment) {
  return cache / "desired" / environment;
}

std::string name_of(const EnvironmentFileIds& ids) {
  const auto line = [](const std::optional<std::string>& id) { return id.value_or("-"); };
  return Digest::of(fmt::format("{}\n{}\n{}\n{}", line(ids.file), line(ids.lock),
                                line(ids.allowed_signers), line(ids.revoked_keys)))
      .hex()
      .substr(0, 32);
}

/// Removes what was used last the longest ago, but never `newest`, down to what is kept.
void remove_oldest(const fs::path& folder, const fs::path& newest) {
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code vanished;
    const auto time = entry->last_write_time(vanished);
    if (!vanished && entry->path() != newest) files.emplace_back(time, entry->path());
  }
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; i + kMostKept <= files.size(); ++i) fs::remove(files[i].second, error);
}

}  // namespace

Result<EnvironmentFileIds> read_file_ids(const FileTree& tree, std::string_view environment) {
  EnvironmentFileIds ids;
  const std::string file = environment_path(environment);
  const std::string lock = lock_path(environment);
  for (const auto& [path, id] :
       {std::pair<std::string_view, std::optional<std::string>*>(file, &ids.file),
        {lock, &ids.lock},
        {kAllowedSigners, &ids.allowed_signers},
        {kRevokedKeys, &ids.revoked_keys}}) {
    auto found = tree.id_of(path);
    if (!found) return std::move(found).error();
    *id = *std::move(found);
  }
  return ids;
}

DesiredCache::DesiredCache(std::optional<fs::path> folder) : folder_(std::move(folder)) {}

std::optional<KnownEnvironment> DesiredCache::load(std::string_view environment,
                                                   const EnvironmentFileIds& ids) const {
  if (!folder_) return std::nullopt;
  const fs::path path = folder_of(*folder_, environment) / name_of(ids);
  const auto content = read_cache_file(path, kLayout);
  if (!content) return std::nullopt;
  Unpacker unpacker(*content);
  auto known = unpacker.take<KnownEnvironment>();
  if (!unpacker.is_whole() || known.settings.environment != environment) return std::nullopt;
  std::error_code ignored;
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return known;
}

void DesiredCache::keep(const EnvironmentFileIds& ids, const KnownEnvironment& known) const {
  if (!folder_) return;
  Packer packer;
  packer.put(known);
  const fs::path folder = folder_of(*folder_, known.settings.environment);
  const fs::path path = folder / name_of(ids);
  write_cache_file(path, kLayout, packer.bytes());
  remove_oldest(folder, path);
}

void DesiredCache::drop(std::string_view environment, const EnvironmentFileIds& ids) const {
  if (!folder_) return;
  std::error_code ignored;
  fs::remove(folder_of(*folder_, environment) / name_of(ids), ignored);
}

}  // namespace cemli
