#pragma once

#include <optional>
#include <string>

#include "reconciler/package/manifest.h"
#include "reconciler/package/package_archive.h"
#include "state/base/digest.h"
#include "state/base/file.h"
#include "state/base/result.h"
#include "state/store/store.h"

namespace cemli {

/// A zip of a store, in a file without a name.
struct FetchedZip {
  UniqueFd file;
  FetchedFile facts;
};

/// Nothing where the store has no such object.
[[nodiscard]] Result<std::optional<FetchedZip>> fetch_zip(Store& store, const std::string& key);
/// As `read_archive`.
[[nodiscard]] Result<ArchivedPackage> read_fetched(const FetchedZip& zip);

/// That a version is there already, with other content than a package `here` has.
[[nodiscard]] Error other_content(const Manifest& manifest, const Digest& there,
                                  const Digest& here);

}  // namespace cemli
