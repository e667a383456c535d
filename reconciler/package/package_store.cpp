#include "reconciler/package/package_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "reconciler/package/package_archive.h"
#include "reconciler/package/published_codec.h"
#include "state/base/address.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndexSuffix = ".json";
constexpr std::string_view kZipSuffix = ".zip";
/// How many packages become durable together.
constexpr std::size_t kMostInGroup = 256;

/// `+` may not stand in a key: some stores read it as a space.
std::string key_stem(const std::string& name, const Version& version) {
  std::string text = version.text();
  if (const std::size_t plus = text.find('+'); plus != std::string::npos)
    text.replace(plus, 1, "%2B");
  return fmt::format("{}/{}", name, text);
}

std::string zip_key(const std::string& name, const Version& version) {
  return key_stem(name, version) + ".zip";
}

std::string index_key(const std::string& name, const Version& version) {
  return key_stem(name, version) + std::string(kIndexSuffix);
}

/// The version in a key with that suffix; nothing for what somebody else put into the store.
std::optional<PackageVersion> version_of_key(std::string_view key, std::string_view suffix) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos || !key.ends_with(suffix)) return std::nullopt;
  const std::string_view name = key.substr(0, slash);
  std::string text(key.substr(slash + 1, key.size() - slash - 1 - suffix.size()));
  if (text.find('+') != std::string::npos) return std::nullopt;
  if (const std::size_t escape = text.find("%2B"); escape != std::string::npos)
    text.replace(escape, 3, "+");
  auto version = Version::parse(text);
  if (!is_name(name) || !version) return std::nullopt;
  return PackageVersion{std::string(name), *std::move(version)};
}

void sort(std::vector<PackageVersion>& versions) {
  std::sort(versions.begin(), versions.end(), [](const PackageVersion& a, const PackageVersion& b) {
    if (a.name != b.name) return a.name < b.name;
    const auto order = Version::compare(a.version, b.version);
    return order != 0 ? order < 0 : a.version.text() < b.version.text();
  });
}

std::string title_of(const std::string& name, const Version& version) {
  return fmt::format("package '{}' {}", name, version.text());
}

Error conflict(const Manifest& manifest, const Digest& there, const Digest& here) {
  return Error(ErrorCode::conflict,
               fmt::format("{} is there already with other content: {}, and this is {}",
                           title_of(manifest.name, manifest.version), there.abbreviated(),
                           here.abbreviated()))
      .with_hint("a published version never changes: give the new content a new version");
}

Error corrupt(std::string message) {
  return {ErrorCode::corrupt, std::move(message)};
}

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

/// An object of a store, in a file without a name.
struct FetchedZip {
  UniqueFd file;
  FetchedFile facts;
};

/// Nothing where the store has no such object.
Result<std::optional<FetchedZip>> fetch_file(Store& store, const std::string& key) {
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

/// A zip on its way into the store.
struct Candidate {
  /// Where its result belongs.
  std::size_t place;
  ReadZip zip;
  /// What its index says, and the index's bytes, once its zip is in the store.
  std::optional<PublishedPackage> settled = std::nullopt;
  std::string index = {};

  [[nodiscard]] const std::string& name() const { return package().manifest.name; }
  [[nodiscard]] const Version& version() const { return package().manifest.version; }
  [[nodiscard]] const ArchivedPackage& package() const { return zip.package; }
};

/// The result for a version that is in the store already; nothing where it is not.
std::optional<Result<PublishedResult>> compare_with_known(PackageStore& packages,
                                                          const Candidate& mine) {
  const auto known = packages.find(mine.name(), mine.version());
  if (!known) return known.error();
  if (!*known) return std::nullopt;
  if ((*known)->content != mine.package().content)
    return conflict(mine.package().manifest, (*known)->content, mine.package().content);
  return PublishedResult{Publication::already_there, **known};
}

/// What a publish goes on with where a zip is there already: that one, if it has the same content.
Result<PublishedPackage> settle_on_existing(Store& store, const Candidate& mine) {
  const std::string key = zip_key(mine.name(), mine.version());
  const auto found = fetch_file(store, key);
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
    objects.push_back({zip_key(mine.name(), mine.version()), mine.zip.bytes, mine.zip.digest});
  const auto creations = store.create_all(objects);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Candidate& mine = group[i];
    if (!creations) {
      results[mine.place] = creations.error();
    } else if ((*creations)[i] == Creation::created) {
      mine.settled = PublishedPackage{mine.package().manifest, mine.package().content,
                                      mine.zip.digest, mine.zip.bytes.size};
    } else if (auto existing = settle_on_existing(store, mine)) {
      mine.settled = *std::move(existing);
    } else {
      results[mine.place] = std::move(existing).error();
    }
  }
  std::erase_if(group, [](const Candidate& mine) { return !mine.settled; });
}

/// Puts the indices into the store, which makes the versions exist.
void create_indices(Store& store, PackageStore& packages, std::vector<Candidate>& group,
                    PublishedOrNot& results) {
  std::vector<NewObject> objects;
  for (Candidate& mine : group) {
    mine.index = encode_published(*mine.settled);
    objects.push_back({index_key(mine.name(), mine.version()), mine.index});
  }
  const auto creations = store.create_all(objects);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Candidate& mine = group[i];
    auto& result = results[mine.place];
    if (!creations) {
      result = creations.error();
    } else if ((*creations)[i] == Creation::created) {
      result = PublishedResult{Publication::published, *std::move(mine.settled)};
    } else if (result = compare_with_known(packages, mine); !result) {
      // Somebody published the same version meanwhile, or a lost answer was this very object.
      result = Error(ErrorCode::unavailable, fmt::format("the index of {} came and went",
                                                         title_of(mine.name(), mine.version())));
    }
  }
}

void publish_group(Store& store, PackageStore& packages, std::vector<Candidate> group,
                   PublishedOrNot& results) {
  std::erase_if(group, [&](const Candidate& mine) {
    results[mine.place] = compare_with_known(packages, mine);
    return results[mine.place].has_value();
  });
  create_zips(store, group, results);
  create_indices(store, packages, group, results);
}

}  // namespace

Result<PublishedResult> PackageStore::publish(const fs::path& zip) {
  return std::move(publish_all(std::span(&zip, 1)).front());
}

std::vector<Result<PublishedResult>> PackageStore::publish_all(std::span<const fs::path> zips) {
  PublishedOrNot results(zips.size());
  std::vector<Candidate> group;
  std::set<std::string> keys;
  const auto publish_what_waits = [&] {
    publish_group(store_, *this, std::exchange(group, {}), results);
    keys.clear();
  };
  for (std::size_t i = 0; i < zips.size(); ++i) {
    auto zip = read_zip(zips[i]);
    if (!zip) {
      results[i] = std::move(zip).error();
      continue;
    }
    const Manifest& manifest = zip->package.manifest;
    std::string key = index_key(manifest.name, manifest.version);
    if (group.size() == kMostInGroup || keys.contains(key)) publish_what_waits();
    keys.insert(std::move(key));
    group.push_back({i, *std::move(zip)});
  }
  publish_what_waits();
  std::vector<Result<PublishedResult>> all;
  for (auto& result : results) all.push_back(*std::move(result));
  return all;
}

Result<PublishedResult> PackageStore::adopt(const std::string& name, const Version& version) {
  auto known = find(name, version);
  if (!known) return std::move(known).error();
  const std::string key = zip_key(name, version);
  const auto zip = fetch_file(store_, key);
  if (!zip) return zip.error();
  if (!*zip) {
    return Error(ErrorCode::not_found, fmt::format("there is no '{}' in {}", key, store_.address()))
        .with_hint("cemli package publish adds a package from a folder or a zip elsewhere");
  }
  auto package = read_fetched(**zip);
  if (!package) return std::move(package).error().while_doing(fmt::format("'{}'", key));
  const Manifest& manifest = package->manifest;
  if (manifest.name != name || !(manifest.version == version)) {
    return Error(ErrorCode::conflict, fmt::format("'{}' holds {}: its key must be '{}'", key,
                                                  title_of(manifest.name, manifest.version),
                                                  zip_key(manifest.name, manifest.version)));
  }
  if (*known) {
    if ((*known)->content != package->content)
      return conflict(manifest, (*known)->content, package->content);
    return PublishedResult{Publication::already_there, **std::move(known)};
  }
  PublishedPackage mine{manifest, package->content, (*zip)->facts.digest, (*zip)->facts.size};
  const std::string index = encode_published(mine);
  const auto creation = store_.create({index_key(name, version), index});
  if (!creation) return creation.error();
  if (*creation == Creation::created)
    return PublishedResult{Publication::published, std::move(mine)};
  // Somebody was faster, with the same zip.
  known = find(name, version);
  if (!known) return std::move(known).error();
  if (!*known || (*known)->content != mine.content)
    return conflict(manifest, *known ? (*known)->content : mine.content, mine.content);
  return PublishedResult{Publication::already_there, **std::move(known)};
}

Result<LooseZips> PackageStore::loose_zips() {
  const auto keys = store_.list("", "", std::numeric_limits<std::size_t>::max());
  if (!keys) return keys.error();
  const std::set<std::string_view> all(keys->begin(), keys->end());
  LooseZips loose;
  for (const std::string& key : *keys) {
    if (!key.ends_with(kZipSuffix)) continue;
    auto version = version_of_key(key, kZipSuffix);
    if (!version) {
      loose.misplaced.push_back(key);
    } else if (!all.contains(index_key(version->name, version->version))) {
      loose.versions.push_back(*std::move(version));
    }
  }
  sort(loose.versions);
  return loose;
}

Result<std::vector<PackageVersion>> PackageStore::list() {
  return list_under("");
}

Result<std::vector<Version>> PackageStore::versions(const std::string& name) {
  if (auto valid = Address::make(name, std::nullopt); !valid) return std::move(valid).error();
  const auto listed = list_under(name + "/");
  if (!listed) return listed.error();
  std::vector<Version> versions;
  for (const PackageVersion& package : *listed) versions.push_back(package.version);
  return versions;
}

Result<std::vector<PackageVersion>> PackageStore::list_under(const std::string& prefix) {
  const auto keys = store_.list(prefix, prefix, std::numeric_limits<std::size_t>::max());
  if (!keys) return keys.error();
  std::vector<PackageVersion> versions;
  for (const std::string& key : *keys) {
    if (auto version = version_of_key(key, kIndexSuffix)) versions.push_back(*std::move(version));
  }
  sort(versions);
  return versions;
}

Result<std::optional<PublishedPackage>> PackageStore::find(const std::string& name,
                                                           const Version& version) {
  if (auto valid = Address::make(name, std::nullopt); !valid) return std::move(valid).error();
  const std::string key = index_key(name, version);
  const auto bytes = store_.get(key);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<PublishedPackage>();
  auto package = decode_published(**bytes);
  if (!package) {
    return std::move(package).error().while_doing(
        fmt::format("reading '{}' in {}", key, store_.address()));
  }
  if (package->manifest.name != name || !(package->manifest.version == version)) {
    return corrupt(fmt::format("'{}' in {} is of {}", key, store_.address(),
                               title_of(package->manifest.name, package->manifest.version)));
  }
  return std::optional(*std::move(package));
}

Result<UniqueFd> PackageStore::fetch(const std::string& name, const Version& version,
                                     const Digest& zip_digest, std::uint64_t zip_size) {
  const std::string key = zip_key(name, version);
  const auto differs = [&](std::string_view how) {
    return corrupt(fmt::format("the zip of {} {}: '{}' in {}", title_of(name, version), how, key,
                               store_.address()))
        .with_hint("cemli package verify compares all that the store holds of it");
  };
  auto zip = fetch_file(store_, key);
  if (!zip) return std::move(zip).error();
  if (!*zip) return differs("is missing");
  const FetchedFile& facts = (*zip)->facts;
  if (facts.size != zip_size) return differs("is not of the size that was published");
  if (facts.digest != zip_digest) return differs("is not the one that was published");
  return std::move((*zip)->file);
}

Result<PublishedPackage> PackageStore::verify(const std::string& name, const Version& version) {
  auto published = find(name, version);
  if (!published) return std::move(published).error();
  if (!*published) {
    return Error(ErrorCode::not_found,
                 fmt::format("{} is not in {}", title_of(name, version), store_.address()));
  }
  PublishedPackage& package = **published;
  const auto zip = fetch(name, version, package.zip_digest, package.zip_size);
  if (!zip) return zip.error();
  const auto archived = read_archive(FileRange{zip->get(), 0, package.zip_size});
  if (!archived) return corrupt(archived.error().message()).while_doing(title_of(name, version));
  if (archived->content != package.content || archived->manifest != package.manifest) {
    return corrupt(fmt::format("{}: its index in {} does not say what its zip holds",
                               title_of(name, version), store_.address()));
  }
  return std::move(package);
}

}  // namespace cemli
