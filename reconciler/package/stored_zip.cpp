#include "reconciler/package/stored_zip.h"

#include <fmt/format.h>

#include <utility>

#include "reconciler/package/package_keys.h"

namespace cemli {

Result<std::optional<FetchedZip>> fetch_zip(Store& store, const std::string& key) {
  auto file = make_nameless_file(temporary_root());
  if (!file) return std::move(file).error();
  auto facts = store.get_to_file(key, file->get());
  if (!facts) return std::move(facts).error();
  if (!*facts) return std::optional<FetchedZip>();
  return std::optional(FetchedZip{*std::move(file), **facts});
}

Result<ArchivedPackage> read_fetched(const FetchedZip& zip) {
  return read_archive(FileRange{zip.file.get(), 0, zip.facts.size});
}

Error other_content(const Manifest& manifest, const Digest& there, const Digest& here) {
  return Error(ErrorCode::conflict,
               fmt::format("{} is there already with other content: {}, and this is {}",
                           title_of(manifest.name, manifest.version), there.abbreviated(),
                           here.abbreviated()))
      .with_hint("a published version never changes: give the new content a new version");
}

}  // namespace cemli
