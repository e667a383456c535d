#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/package/zip_writer.h"
#include "state/base/digest.h"
#include "state/base/result.h"

namespace cemli {

inline constexpr std::uint64_t kMostPackageEntries = 20'000;
inline constexpr std::uint64_t kLargestPackage = 4ULL * 1024 * 1024 * 1024;
/// Up to here a package may be of any compression ratio.
inline constexpr std::uint64_t kAnyRatioUpTo = 64ULL * 1024 * 1024;
inline constexpr std::uint64_t kLargestRatio = 100;

/// A regular file of a package.
struct PackageFile {
  std::string path;
  FileMode mode = FileMode::plain;
  Digest digest;
  std::uint64_t size = 0;
  friend bool operator==(const PackageFile&, const PackageFile&) = default;
};

/// Digest of the lines `x|- SP sha256 SP path LF` of all files, sorted by path bytes. The paths are
/// ones that `check_path` lets through, so that two listings are never the same text.
[[nodiscard]] Digest content_digest(std::vector<PackageFile> files);

/// Whether `path` names something below the folder it is unpacked to, in the same way for
/// everybody: relative, UTF-8, at most 1,000 bytes, no empty, `.` or `..` segment, no backslash, no
/// control character. `invalid_input` says why not.
[[nodiscard]] Result<void> check_path(std::string_view path);

/// `path` as it can be shown: what is not UTF-8 or a control character is replaced.
[[nodiscard]] std::string printable_path(std::string_view path);

/// Whether that many bytes may come out of a zip of `zip_size` bytes. `invalid_input` if not.
[[nodiscard]] Result<void> check_unpacked_size(std::uint64_t unpacked, std::uint64_t zip_size);

/// The paths of one package: files, folders that were named, and those that follow from them.
class PathSet {
 public:
  /// `invalid_input` where the same path is already there, or one is a file and the other a folder.
  [[nodiscard]] Result<void> add_file(const std::string& path);
  [[nodiscard]] Result<void> add_folder(const std::string& path);

 private:
  enum class Kind { file, named_folder, implied_folder };
  [[nodiscard]] Result<void> add_parents(const std::string& path);
  std::map<std::string, Kind> paths_;
};

}  // namespace cemli
