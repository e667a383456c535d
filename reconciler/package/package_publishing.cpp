#include <fmt/format.h>

#include <set>
#include <utility>

#include "reconciler/package/package_archive.h"
#include "reconciler/package/package_store.h"
#include "reconciler/package/published_codec.h"
#include "reconciler/package/stored_zip.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// How many packages become durable together.
constexpr std::size_t kMostInGroup = 256;

using PublishedOrNot = std::vector<std::optional<Result<PublishedResult>>>;

/// A zip that was read.
struct ReadZip {
  UniqueFd file;
  FileRange bytes;
  Digest digest;
  ArchivedPackage package;
};

Result<ReadZip> read_zip(UniqueFd file) {
  const auto bytes = whole_file(file.get());
  if (!bytes) return bytes.error();
  const auto digest = digest_of(*bytes);
  if (!digest) return digest.error();
  auto package = read_archive(*bytes);
  if (!package) return std::move(package).error();
  return ReadZip{std::move(file), *bytes, *digest, *std::move(package)};
}

Result<ReadZip> read_zip(const fs::path& path) {
  auto file = open_file(path);
  if (!file) return std::move(file).error();
  return read_zip(*std::move(file));
}

/// A zip on its way into the store.
struct Candidate {
  /// Where its result belongs.
  std::size_t place;
  ReadZip zip;
  /// The bytes of its index, and their signature where it is to have one.
  std::string index = {};
  std::optional<PackageSignature> signature = std::nullopt;
  /// What its index says, once its zip is in the store.
  std::optional<PublishedPackage> settled = std::nullopt;
  std::optional<KeptSignature> kept = std::nullopt;

  [[nodiscard]] const std::string& name() const { return package().manifest.name; }
  [[nodiscard]] const Version& version() const { return package().manifest.version; }
  [[nodiscard]] const ArchivedPackage& package() const { return zip.package; }
  /// What its index says where its own zip is in the store.
  [[nodiscard]] PublishedPackage published() const {
    return {package().manifest, package().content, zip.digest, zip.bytes.size};
  }
};

/// The result for a version that is in the store already; nothing where it is not.
std::optional<Result<PublishedResult>> compare_with_known(PackageStore& packages,
                                                          const Candidate& mine) {
  const auto known = packages.find(mine.name(), mine.version());
  if (!known) return known.error();
  if (!*known) return std::nullopt;
  if ((*known)->content != mine.package().content)
    return other_content(mine.package().manifest, (*known)->content, mine.package().content);
  return PublishedResult{Publication::already_there, **known};
}

/// What a publish goes on with where a zip is there already: that one, if it has the same content.
Result<PublishedPackage> settle_on_existing(Store& store, const Candidate& mine) {
  const std::string key = key_of(PackageObject::zip, mine.name(), mine.version());
  const auto found = fetch_zip(store, key);
  if (!found) return found.error();
  if (!*found) return Error(ErrorCode::unavailable, fmt::format("'{}' came and went", key));
  const auto there = read_fetched(**found);
  if (!there || there->content != mine.package().content) {
    return Error(ErrorCode::conflict,
                 fmt::format("{} has a zip with other content in the store, and no index yet",
                             title_of(mine.name(), mine.version())))
        .with_hint(fmt::format("look at '{}' in {}: remove it if nobody needs it, or give your "
                               "package a new version",
                               key, store.address()));
  }
  const FetchedFile& facts = (*found)->facts;
  return PublishedPackage{there->manifest, there->content, facts.digest, facts.size};
}

/// Puts the zips into the store. Those that cannot be get their results and leave the group.
void create_zips(Store& store, std::vector<Candidate>& group, PublishedOrNot& results) {
  std::vector<NewObject> objects;
  for (const Candidate& mine : group)
    objects.push_back(
        {key_of(PackageObject::zip, mine.name(), mine.version()), mine.zip.bytes, mine.zip.digest});
  const auto creations = store.create_all(objects);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Candidate& mine = group[i];
    if (!creations) {
      results[mine.place] = creations.error();
    } else if ((*creations)[i] == Creation::created) {
      mine.settled = mine.published();
    } else if (auto existing = settle_on_existing(store, mine)) {
      mine.settled = *std::move(existing);
    } else {
      results[mine.place] = std::move(existing).error();
    }
  }
  std::erase_if(group, [](const Candidate& mine) { return !mine.settled; });
}

Error not_its_own(const Candidate& mine, Error error) {
  return std::move(error)
      .while_doing(fmt::format("the signature of {}", title_of(mine.name(), mine.version())))
      .with_hint("sign it as it is now: cemli package sign");
}

/// Has the indices signed. Those that cannot be get their results and leave the group.
void sign_indices(const IndexSigner& sign, std::vector<Candidate>& group, PublishedOrNot& results) {
  std::erase_if(group, [&](Candidate& mine) {
    std::string index = encode_published(mine.settled ? *mine.settled : mine.published());
    if (index == mine.index) return false;
    mine.index = std::move(index);
    if (!sign) return false;
    auto signature = sign(mine.place, mine.index);
    if (!signature) {
      results[mine.place] = std::move(signature).error();
      return true;
    }
    if (!*signature) return false;
    auto checked = check_package_signature(mine.index, **std::move(signature));
    if (!checked) {
      results[mine.place] = not_its_own(mine, checked.error());
      return true;
    }
    mine.signature = *std::move(checked);
    return false;
  });
}

/// Puts the signatures into the store, where they say nothing yet. Those that cannot be put there
/// get their results and leave the group.
void create_signatures(Store& store, std::vector<Candidate>& group, PublishedOrNot& results) {
  std::erase_if(group, [&](Candidate& mine) {
    if (!mine.signature) return false;
    auto kept = keep_signature(store, mine.name(), mine.version(), mine.index, *mine.signature);
    if (!kept) {
      results[mine.place] = std::move(kept).error();
      return true;
    }
    mine.kept = *std::move(kept);
    return false;
  });
}

/// Puts the indices into the store, which makes the versions exist.
void create_indices(Store& store, PackageStore& packages, std::vector<Candidate>& group,
                    PublishedOrNot& results) {
  std::vector<NewObject> objects;
  for (const Candidate& mine : group)
    objects.push_back({key_of(PackageObject::index, mine.name(), mine.version()), mine.index});
  const auto creations = store.create_all(objects);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Candidate& mine = group[i];
    auto& result = results[mine.place];
    if (!creations) {
      result = creations.error();
    } else if ((*creations)[i] == Creation::created) {
      result =
          PublishedResult{Publication::published, *std::move(mine.settled), std::move(mine.kept)};
    } else if (result = compare_with_known(packages, mine); !result) {
      // Somebody published the same version meanwhile, or a lost answer was this very object.
      result = Error(ErrorCode::unavailable, fmt::format("the index of {} came and went",
                                                         title_of(mine.name(), mine.version())));
    }
  }
}

/// A version that is there already is still to have its signature.
Result<PublishedResult> sign_known(PackageStore& packages, const Candidate& mine,
                                   PublishedResult result, const IndexSigner& sign) {
  auto kept = packages.sign(mine.name(), mine.version(), [&](std::size_t, std::string_view index) {
    return sign(mine.place, index);
  });
  if (!kept) return std::move(kept).error();
  result.signature = *std::move(kept);
  return result;
}

void publish_group(Store& store, PackageStore& packages, const IndexSigner& sign,
                   std::vector<Candidate> group, PublishedOrNot& results) {
  std::erase_if(group, [&](const Candidate& mine) {
    auto& result = results[mine.place];
    result = compare_with_known(packages, mine);
    if (sign && result && *result) result = sign_known(packages, mine, **result, sign);
    return result.has_value();
  });
  // Before anything is written, as a key's owner may say no; and again where another zip of the
  // same content is there, which the index then tells of.
  sign_indices(sign, group, results);
  create_zips(store, group, results);
  sign_indices(sign, group, results);
  create_signatures(store, group, results);
  create_indices(store, packages, group, results);
}

}  // namespace

Result<PublishedPackage> published_form(const fs::path& path) {
  auto zip = read_zip(path);
  if (!zip) return std::move(zip).error();
  return Candidate{0, *std::move(zip)}.published();
}

Result<PublishedResult> PackageStore::publish(const fs::path& zip) {
  return std::move(publish_all(std::span(&zip, 1)).front());
}

std::vector<Result<PublishedResult>> PackageStore::publish_all(std::span<const fs::path> zips,
                                                               const IndexSigner& sign) {
  PublishedOrNot results(zips.size());
  std::vector<Candidate> group;
  std::set<std::string> keys;
  const auto publish_what_waits = [&] {
    publish_group(store_, *this, sign, std::exchange(group, {}), results);
    keys.clear();
  };
  for (std::size_t i = 0; i < zips.size(); ++i) {
    auto zip = read_zip(zips[i]);
    if (!zip) {
      results[i] = std::move(zip).error();
      continue;
    }
    const Manifest& manifest = zip->package.manifest;
    std::string key = key_of(PackageObject::index, manifest.name, manifest.version);
    if (group.size() == kMostInGroup || keys.contains(key)) publish_what_waits();
    keys.insert(std::move(key));
    group.push_back({i, *std::move(zip)});
  }
  publish_what_waits();
  std::vector<Result<PublishedResult>> all;
  for (auto& result : results) all.push_back(*std::move(result));
  return all;
}

}  // namespace cemli
