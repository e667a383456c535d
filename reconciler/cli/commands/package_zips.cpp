#include "reconciler/cli/commands/package_zips.h"

#include <fmt/format.h>

#include <utility>

#include "state/base/readable_bytes.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// Takes in what cannot be read twice: a pipe.
Result<void> keep_stream(const fs::path& from, const fs::path& to) {
  const auto stream = open_file(from);
  if (!stream) return stream.error();
  return write_scratch_file(
      to, [&stream](int fd) { return copy_stream(stream->get(), fd); }, 0600);
}

}  // namespace

Result<PackageZip> PackageZips::of(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    auto zip = next_file();
    if (!zip) return std::move(zip).error();
    auto built = build_archive(path, *zip);
    if (!built) return std::move(built).error();
    return PackageZip{*std::move(zip), std::move(built->package), std::move(built->skipped)};
  }
  fs::path zip = path;
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) {
    auto kept = next_file();
    if (!kept) return std::move(kept).error();
    if (auto done = keep_stream(path, *kept); !done) return std::move(done).error();
    zip = *std::move(kept);
  }
  auto package = read_archive_file(zip);
  if (!package) return std::move(package).error();
  return PackageZip{std::move(zip), *std::move(package)};
}

Result<fs::path> PackageZips::next_file() {
  if (!folder_) {
    auto made = TemporaryFolder::make(temporary_root(), "cemli-zips-");
    if (!made) return std::move(made).error();
    folder_ = *std::move(made);
  }
  return folder_->path() / fmt::format("{}.zip", ++count_);
}

}  // namespace cemli
