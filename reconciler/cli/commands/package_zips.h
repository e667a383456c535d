#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/package/package_archive.h"
#include "state/base/file.h"
#include "state/base/result.h"

namespace cemli {

/// A package's zip, read and found good.
struct PackageZip {
  std::filesystem::path file;
  ArchivedPackage package;
  /// What of a folder was left out.
  std::vector<std::string> skipped = {};
};

/// Zips of packages for as long as a command needs them, those that it packs itself in a folder for
/// temporary files.
class PackageZips {
 public:
  /// Of a zip as it is, or of a folder packed.
  [[nodiscard]] Result<PackageZip> of(const std::filesystem::path& path);

 private:
  [[nodiscard]] Result<std::filesystem::path> next_file();

  std::optional<TemporaryFolder> folder_;
  int count_ = 0;
};

}  // namespace cemli
