#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reconciler/package/manifest.h"
#include "reconciler/package/package_listing.h"
#include "state/base/digest.h"
#include "state/base/readable_bytes.h"
#include "state/base/result.h"

namespace cemli {

/// What a package's zip holds.
struct ArchivedPackage {
  /// With the steps that were found by their place.
  Manifest manifest;
  Digest content;
  /// Sorted by path.
  std::vector<PackageFile> files;
};

/// A package made from a folder.
struct BuiltPackage {
  ArchivedPackage package;
  /// What stands in the folder and not in the package, sorted: `.git`, `.hg` and `.svn`,
  /// `.DS_Store`, what editors leave (`*~`, `.#*`, `.*.swp`), and the package's own zips at the
  /// root.
  std::vector<std::string> skipped;
};

/// Packs `folder`, of which `manifest.json` is at the root, into the new file `zip`. The same files
/// give the same content digest anywhere, and the same bytes with the same libzip and zlib: sorted
/// by path, one fixed time, no owners, modes 0644 and 0755. Symbolic links are replaced by what
/// they point to, which must be in the folder. Empty folders are left out. `invalid_input` where
/// `read_archive` would refuse the result; the file may be there then.
[[nodiscard]] Result<BuiltPackage> build_archive(const std::filesystem::path& folder,
                                                 const std::filesystem::path& zip);

/// Reads a zip of unknown origin as `ZipReader` does, with its manifest. Every byte is looked at.
/// `invalid_input` also where there is nothing to run.
[[nodiscard]] Result<ArchivedPackage> read_archive(const ReadableBytes& zip);
/// The same of a zip's file.
[[nodiscard]] Result<ArchivedPackage> read_archive_file(const std::filesystem::path& zip);

/// Unpacks a zip of unknown origin into `folder`, which exists, is empty, and belongs to this
/// process alone. Nothing is written if the zip's structure is refused; a file whose data is
/// damaged may leave files behind, yet none outside `folder`. Returns the content digest of what
/// was written, which the caller compares with what it expects. The manifest is not judged.
[[nodiscard]] Result<Digest> unpack_archive(const ReadableBytes& zip,
                                            const std::filesystem::path& folder);

}  // namespace cemli
