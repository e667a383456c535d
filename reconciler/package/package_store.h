#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconciler/package/manifest.h"
#include "reconciler/package/package_keys.h"
#include "reconciler/package/package_signatures.h"
#include "state/base/digest.h"
#include "state/base/file.h"
#include "state/base/result.h"
#include "state/base/semver.h"
#include "state/store/store.h"

namespace cemli {

enum class Publication {
  published,
  already_there,  ///< with the same content; nothing was written
};

struct ListedVersion {
  PackageVersion package;
  bool has_signature = false;
};

/// What the `.json` of a package says that is published from this very zip. Errors as
/// `read_archive_file`.
[[nodiscard]] Result<PublishedPackage> published_form(const std::filesystem::path& zip);

/// Zips that nobody published.
struct LooseZips {
  /// By name and then by precedence.
  std::vector<PackageVersion> versions = {};
  /// Keys of zips that are not where a package's zip would be.
  std::vector<std::string> misplaced = {};
};

struct PublishedResult {
  Publication publication = Publication::published;
  PublishedPackage package;
  /// Nothing where none was to be kept.
  std::optional<KeptSignature> signature = std::nullopt;
};

/// The packages of a store: `NAME/VERSION.zip` and, written after it, `NAME/VERSION.json`, with `+`
/// as `%2B`; a signature of the latter's bytes, `NAME/VERSION.sig`, comes between them or later. A
/// version exists when its `.json` does; no object ever changes. Zips are never in memory. All
/// calls may block, and fail with the store's own errors too.
class PackageStore {
 public:
  /// `store` must outlive this.
  explicit PackageStore(Store& store) : store_(store) {}

  /// Adds the package in the file `zip`. A `.zip` without its `.json`, left by an interrupted
  /// publish or put there by hand, is taken as it is if it holds the same content, be it in other
  /// bytes. `conflict` where the version is there with other content, `invalid_input` where `zip`
  /// is not a package.
  [[nodiscard]] Result<PublishedResult> publish(const std::filesystem::path& zip);
  /// As `publish`, of many at a few syncs for all. One result a zip, in their order: where one
  /// cannot be published, the others still are. `sign`, where there is one, gives their signatures,
  /// and is asked before anything of the package is written; where it fails, nothing is. A version
  /// that is there already gets one if it has none.
  [[nodiscard]] std::vector<Result<PublishedResult>> publish_all(
      std::span<const std::filesystem::path> zips, const IndexSigner& sign = {});

  /// Adds the signature that `sign` gives, at place 0, to a version that is there and verified;
  /// nothing where it gives none. `not_found` where there is no such version; errors as
  /// `keep_signature`.
  [[nodiscard]] Result<std::optional<KeptSignature>> sign(const std::string& name,
                                                          const Version& version,
                                                          const IndexSigner& sign);

  /// Takes in a zip that was put under a version's key by hand: the version exists then. The key
  /// must be that of the package in it (`conflict`), which is read as `publish` reads one.
  /// `not_found` where there is neither a zip nor the version.
  [[nodiscard]] Result<PublishedResult> adopt(const std::string& name, const Version& version);
  /// The keys that end in `.zip` and that no `.json` stands beside.
  [[nodiscard]] Result<LooseZips> loose_zips();

  /// All versions, by name and then by precedence.
  [[nodiscard]] Result<std::vector<PackageVersion>> list();
  /// As `list`, with whether there is a signature, whoever's and however good.
  [[nodiscard]] Result<std::vector<ListedVersion>> list_signed();
  /// The versions of one package, by precedence; none where there is no such package.
  [[nodiscard]] Result<std::vector<Version>> versions(const std::string& name);

  /// What the `.json` says; nothing where the version does not exist. Reads no zip. `corrupt` where
  /// the object is not what was written under its key.
  [[nodiscard]] Result<std::optional<PublishedPackage>> find(const std::string& name,
                                                             const Version& version);
  /// The zip, in a file without a name below `temporary_root()`. It has that size and digest:
  /// `corrupt` where they differ or it is missing.
  [[nodiscard]] Result<UniqueFd> fetch(const std::string& name, const Version& version,
                                       const Digest& zip_digest, std::uint64_t zip_size);
  /// Reads a version's `.json` and zip and compares all that they say. `not_found` where the
  /// version does not exist, `corrupt` where anything differs.
  [[nodiscard]] Result<PublishedPackage> verify(const std::string& name, const Version& version);

 private:
  [[nodiscard]] Result<std::vector<PackageVersion>> list_under(const std::string& prefix);
  [[nodiscard]] Result<std::optional<std::string>> read_index(const std::string& name,
                                                              const Version& version);

  Store& store_;
};

}  // namespace cemli
