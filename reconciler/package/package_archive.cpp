#include "reconciler/package/package_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include "reconciler/package/zip_reader.h"
#include "state/base/file.h"

namespace cemli {
namespace {

constexpr std::string_view kManifest = "manifest.json";

std::vector<std::string> paths_of(const std::vector<PackageFile>& files) {
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const PackageFile& file : files) paths.push_back(file.path);
  return paths;
}

Error no_manifest(const std::vector<PackageFile>& files) {
  Error error(ErrorCode::invalid_input, "there is no 'manifest.json' at the root of the zip");
  for (const PackageFile& file : files) {
    const std::size_t slash = file.path.find('/');
    if (slash == std::string::npos || file.path.substr(slash + 1) != kManifest) continue;
    return std::move(error).with_hint(
        fmt::format("it is in the folder '{}': zip what is in that folder, not the folder itself",
                    file.path.substr(0, slash)));
  }
  if (const auto meant = nearest(kManifest, paths_of(files)))
    return std::move(error).with_hint(fmt::format("did you mean '{}'?", *meant));
  return error;
}

Result<PackageFile> digest_file(const ZipReader& reader, const ZipFile& file, std::string* copy) {
  Sha256 digest;
  auto done = reader.read(file, [&](std::string_view piece) {
    digest.update(piece);
    // Of one that is too large no more is needed than that it is.
    if (copy != nullptr && copy->size() <= kLargestManifest) *copy += piece;
    return Result<void>();
  });
  if (!done) return std::move(done).error();
  return PackageFile{file.path, file.mode, digest.finish(), file.size};
}

/// Writes files below one folder, of which no other process knows.
class Unpacker {
 public:
  explicit Unpacker(UniqueFd folder) : folder_(std::move(folder)) {}

  Result<PackageFile> write(const ZipReader& reader, const ZipFile& file) {
    if (auto made = make_parents(file.path); !made) return std::move(made).error();
    const mode_t mode = file.mode == FileMode::executable ? 0755 : 0644;
    const UniqueFd fd(::openat(folder_.get(), file.path.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd.is_open()) return failed("creating", file.path);
    // The umask may have taken away what the package says.
    if (::fchmod(fd.get(), mode) != 0) return failed("setting the mode of", file.path);
    Sha256 digest;
    auto done = reader.read(file, [&](std::string_view piece) {
      digest.update(piece);
      return write_all(fd.get(), piece);
    });
    if (!done) return std::move(done).error();
    return PackageFile{file.path, file.mode, digest.finish(), file.size};
  }

 private:
  static Error failed(std::string_view verb, const std::string& path) {
    return system_error(errno, fmt::format("{} '{}'", verb, path));
  }

  Result<void> make_parents(const std::string& path) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const std::string parent = path.substr(0, slash);
      if (!made_.insert(parent).second) continue;
      if (::mkdirat(folder_.get(), parent.c_str(), 0755) != 0)
        return failed("making folder", parent);
    }
    return {};
  }

  UniqueFd folder_;
  std::set<std::string> made_;
};

}  // namespace

Result<ArchivedPackage> read_archive(const ReadableBytes& zip) {
  const auto reader = ZipReader::open(zip);
  if (!reader) return reader.error();
  std::vector<PackageFile> files;
  std::optional<std::string> manifest_text;
  for (const ZipFile& file : reader->files()) {
    const bool is_manifest = file.path == kManifest;
    if (is_manifest) manifest_text.emplace();
    auto digested = digest_file(*reader, file, is_manifest ? &*manifest_text : nullptr);
    if (!digested) return std::move(digested).error();
    files.push_back(*std::move(digested));
  }
  if (!manifest_text) return no_manifest(files);
  auto manifest = parse_manifest(*manifest_text, kManifest);
  if (!manifest) return std::move(manifest).error();
  std::sort(files.begin(), files.end(),
            [](const PackageFile& a, const PackageFile& b) { return a.path < b.path; });
  if (auto completed = complete_steps(*manifest, paths_of(files), kManifest); !completed)
    return std::move(completed).error();
  const Digest content = content_digest(files);
  return ArchivedPackage{*std::move(manifest), content, std::move(files)};
}

Result<ArchivedPackage> read_archive_file(const std::filesystem::path& zip) {
  const auto file = open_file(zip);
  if (!file) return file.error();
  const auto bytes = whole_file(file->get());
  if (!bytes) return bytes.error();
  return read_archive(*bytes);
}

Result<Digest> unpack_archive(const ReadableBytes& zip, const std::filesystem::path& folder) {
  const auto reader = ZipReader::open(zip);
  if (!reader) return reader.error();
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return system_error(errno, fmt::format("opening '{}'", folder.string()));
  Unpacker unpacker(std::move(fd));
  std::vector<PackageFile> files;
  for (const ZipFile& file : reader->files()) {
    auto written = unpacker.write(*reader, file);
    if (!written)
      return std::move(written).error().while_doing(
          fmt::format("unpacking into '{}'", folder.string()));
    files.push_back(*std::move(written));
  }
  return content_digest(std::move(files));
}

}  // namespace cemli
