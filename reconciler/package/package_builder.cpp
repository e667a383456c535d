#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

#include "reconciler/package/package_archive.h"
#include "reconciler/package/zip_writer.h"
#include "state/base/file.h"
#include "state/base/semver.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

Error invalid_folder(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

bool is_never_packed(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames{".git", ".hg", ".svn", ".DS_Store"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.ends_with('~') ||
         name.starts_with(".#") || (name.starts_with('.') && name.ends_with(".swp"));
}

/// A package's own zip, left in its folder by an earlier build, would change the next one.
bool is_own_zip(std::string_view path, std::string_view package) {
  constexpr std::string_view kSuffix = ".zip";
  if (!path.starts_with(package) || !path.ends_with(kSuffix)) return false;
  path.remove_prefix(package.size());
  path.remove_suffix(std::min(path.size(), kSuffix.size()));
  return path.starts_with('-') && Version::parse(path.substr(1));
}

struct SourceFile {
  fs::path file;
  FileMode mode;
};

/// Finds the files of a folder by the paths they have in the package.
class FolderWalk {
 public:
  static Result<FolderWalk> of(const fs::path& folder) {
    std::error_code error;
    FolderWalk walk;
    walk.root_ = fs::canonical(folder, error);
    if (error) return system_error(error.value(), fmt::format("opening '{}'", folder.string()));
    if (auto entered = walk.enter(walk.root_, ""); !entered) return std::move(entered).error();
    return walk;
  }

  /// Sorted by path bytes.
  std::map<std::string, SourceFile> files;
  std::vector<std::string> skipped;

 private:
  Result<void> enter(const fs::path& folder, const std::string& path) {
    if (std::find(open_.begin(), open_.end(), folder) != open_.end())
      return invalid_folder(
          fmt::format("the link '{}' leads back to a folder that it is in", path));
    open_.push_back(folder);
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      const std::string inner = path.empty() ? name : fmt::format("{}/{}", path, name);
      if (is_never_packed(name)) {
        skipped.push_back(inner);
        continue;
      }
      if (auto added = add(it->path(), inner); !added) return added;
    }
    if (error) return system_error(error.value(), fmt::format("reading '{}'", folder.string()));
    open_.pop_back();
    return {};
  }

  Result<void> add(const fs::path& file, const std::string& path) {
    if (auto checked = check_path(path); !checked) return checked;
    std::error_code error;
    const fs::path target = fs::canonical(file, error);
    if (error)
      return invalid_folder(fmt::format("'{}' is a link to nothing: {}", path, error.message()));
    const auto [outside, rest] =
        std::mismatch(root_.begin(), root_.end(), target.begin(), target.end());
    if (outside != root_.end())
      return invalid_folder(fmt::format("the link '{}' leads out of the package, to '{}'", path,
                                        target.string()))
          .with_hint("copy the file into the package");
    struct stat status {};
    if (::stat(target.c_str(), &status) != 0)
      return system_error(errno, fmt::format("looking at '{}'", file.string()));
    if (S_ISDIR(status.st_mode)) return enter(target, path);
    if (!S_ISREG(status.st_mode))
      return invalid_folder(fmt::format("'{}' is neither a file nor a folder", path));
    if (files.size() == kMostPackageEntries)
      return invalid_folder(fmt::format("more than {} files", kMostPackageEntries));
    const bool runs = (status.st_mode & S_IXUSR) != 0;
    files.emplace(path, SourceFile{target, runs ? FileMode::executable : FileMode::plain});
    return {};
  }

  fs::path root_;
  std::vector<fs::path> open_;
};

Result<Manifest> read_manifest(const std::map<std::string, SourceFile>& files, const fs::path& folder) {
  const auto found = files.find("manifest.json");
  if (found == files.end()) {
    return invalid_folder(fmt::format("there is no 'manifest.json' in '{}'", folder.string()))
        .with_hint("a package is a folder with a manifest.json and a folder 'steps'");
  }
  const auto text = read_file(found->second.file);
  if (!text) return text.error();
  auto manifest = parse_manifest(*text, (folder / "manifest.json").string());
  if (!manifest) return manifest;
  std::vector<std::string> paths;
  for (const auto& file : files) paths.push_back(file.first);
  if (auto completed = complete_steps(*manifest, paths, (folder / "manifest.json").string());
      !completed) {
    return std::move(completed).error();
  }
  return manifest;
}

}  // namespace

Result<BuiltPackage> build_archive(const fs::path& folder, const fs::path& zip) {
  const std::string building = fmt::format("building '{}'", folder.string());
  auto walk = FolderWalk::of(folder);
  if (!walk) return std::move(walk).error().while_doing(building);
  const auto manifest = read_manifest(walk->files, folder);
  if (!manifest) return manifest.error();
  ZipWriter writer;
  for (const auto& [path, source] : walk->files) {
    if (is_own_zip(path, manifest->name)) {
      walk->skipped.push_back(path);
      continue;
    }
    if (auto added = writer.add_file(path, source.mode, source.file); !added)
      return std::move(added).error().while_doing(fmt::format("adding '{}'", path));
  }
  if (auto written = writer.finish_to(zip); !written)
    return std::move(written).error().while_doing(building);
  // What the zip holds counts: a file may have changed since it was looked at.
  auto package = read_archive_file(zip);
  if (!package) return std::move(package).error().while_doing(building);
  std::sort(walk->skipped.begin(), walk->skipped.end());
  return BuiltPackage{*std::move(package), std::move(walk->skipped)};
}

}  // namespace cemli
