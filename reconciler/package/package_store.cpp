#include "reconciler/package/package_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "reconciler/package/package_archive.h"
#include "state/base/address.h"
#include "state/base/canonical_json.h"
#include "state/base/json_reader.h"

namespace cemli {
namespace {

using nlohmann::json;

constexpr std::uint64_t kFormat = 1;
constexpr std::string_view kIndexSuffix = ".json";
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

/// The version in a key of an index; nothing for what somebody else put into the store.
std::optional<PackageVersion> version_of_index_key(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos || !key.ends_with(kIndexSuffix)) return std::nullopt;
  const std::string_view name = key.substr(0, slash);
  std::string text(key.substr(slash + 1, key.size() - slash - 1 - kIndexSuffix.size()));
  if (text.find('+') != std::string::npos) return std::nullopt;
  if (const std::size_t escape = text.find("%2B"); escape != std::string::npos)
    text.replace(escape, 3, "+");
  auto version = Version::parse(text);
  if (!is_name(name) || !version) return std::nullopt;
  return PackageVersion{std::string(name), *std::move(version)};
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

/// The programs of the package that its steps run, so that a reader of the index alone knows also
/// the steps that were found by their place.
std::vector<std::string> programs_of(const Manifest& manifest) {
  std::vector<std::string> programs;
  for (const StepSpec& step : manifest.steps) {
    if (step.program.find('/') != std::string::npos) programs.push_back(step.program);
  }
  std::sort(programs.begin(), programs.end());
  programs.erase(std::unique(programs.begin(), programs.end()), programs.end());
  return programs;
}

Error corrupt(std::string message) {
  return {ErrorCode::corrupt, std::move(message)};
}

}  // namespace

std::string encode_published(const PublishedPackage& package) {
  const json document{{"format", kFormat},
                      {"zip_sha256", package.zip_digest.hex()},
                      {"zip_size", package.zip_size},
                      {"content_digest", package.content.hex()},
                      {"programs", programs_of(package.manifest)},
                      {"manifest", json::parse(package.manifest.document)}};
  auto text = canonical_json(document);
  return text ? *std::move(text) : std::string();
}

Result<PublishedPackage> decode_published(std::string_view bytes) {
  const auto document = parse_json(bytes);
  if (!document) return corrupt(document.error().message());
  std::optional<Error> failure;
  JsonReader reader(*document, failure);
  if (reader.number("format") > kFormat)
    reader.fail("format", "newer than this version of cemli reads");
  const Digest zip_digest = reader.digest("zip_sha256");
  const std::uint64_t zip_size = reader.number("zip_size");
  const Digest content = reader.digest("content_digest");
  const std::vector<std::string> programs = reader.texts("programs");
  const json& manifest_document = reader.any("manifest");
  reader.finish();
  if (failure) return *std::move(failure);
  auto manifest = read_manifest(manifest_document, "manifest");
  if (!manifest) return std::move(manifest).error();
  if (auto completed = complete_steps(*manifest, programs, "manifest"); !completed)
    return std::move(completed).error();
  return PublishedPackage{*std::move(manifest), content, zip_digest, zip_size};
}

namespace {

using PublishedOrNot = std::vector<std::optional<Result<PublishedResult>>>;

/// A zip on its way into the store.
struct Candidate {
  /// Where its result belongs.
  std::size_t place;
  std::string_view zip;
  ArchivedPackage package;
  /// What its index says, and the index's bytes, once its zip is in the store.
  std::optional<PublishedPackage> settled = std::nullopt;
  std::string index = {};

  [[nodiscard]] const std::string& name() const { return package.manifest.name; }
  [[nodiscard]] const Version& version() const { return package.manifest.version; }
};

/// The result for a version that is in the store already; nothing where it is not.
std::optional<Result<PublishedResult>> compare_with_known(PackageStore& packages,
                                                          const Candidate& mine) {
  const auto known = packages.find(mine.name(), mine.version());
  if (!known) return known.error();
  if (!*known) return std::nullopt;
  if ((*known)->content != mine.package.content)
    return conflict(mine.package.manifest, (*known)->content, mine.package.content);
  return PublishedResult{Publication::already_there, **known};
}

/// What a publish goes on with where a zip is there already: that one, if it has the same content.
Result<PublishedPackage> settle_on_existing(Store& store, const Candidate& mine) {
  const std::string key = zip_key(mine.name(), mine.version());
  const auto found = store.get(key);
  if (!found) return found.error();
  if (!*found) return Error(ErrorCode::unavailable, fmt::format("'{}' came and went", key));
  const auto there = read_archive(**found);
  if (!there || there->content != mine.package.content) {
    return Error(ErrorCode::conflict,
                 fmt::format("{} has a zip with other content in the store, and no index yet",
                             title_of(mine.name(), mine.version())))
        .with_hint(fmt::format("look at '{}' in {}: remove it if nobody needs it, or give your "
                               "package a new version",
                               key, store.address()));
  }
  return PublishedPackage{there->manifest, there->content, Digest::of(**found), (*found)->size()};
}

/// Puts the zips into the store. Those that cannot be get their results and leave the group.
void create_zips(Store& store, std::vector<Candidate>& group, PublishedOrNot& results) {
  std::vector<NewObject> objects;
  for (const Candidate& mine : group)
    objects.push_back({zip_key(mine.name(), mine.version()), mine.zip});
  const auto creations = store.create_all(objects);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Candidate& mine = group[i];
    if (!creations) {
      results[mine.place] = creations.error();
    } else if ((*creations)[i] == Creation::created) {
      mine.settled = PublishedPackage{mine.package.manifest, mine.package.content,
                                      Digest::of(mine.zip), mine.zip.size()};
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

Result<PublishedResult> PackageStore::publish(std::string_view zip) {
  return std::move(publish_all(std::span(&zip, 1)).front());
}

std::vector<Result<PublishedResult>> PackageStore::publish_all(
    std::span<const std::string_view> zips) {
  PublishedOrNot results(zips.size());
  std::vector<Candidate> group;
  std::set<std::string> keys;
  const auto publish_what_waits = [&] {
    publish_group(store_, *this, std::exchange(group, {}), results);
    keys.clear();
  };
  for (std::size_t i = 0; i < zips.size(); ++i) {
    auto package = read_archive(zips[i]);
    if (!package) {
      results[i] = std::move(package).error();
      continue;
    }
    std::string key = index_key(package->manifest.name, package->manifest.version);
    if (group.size() == kMostInGroup || keys.contains(key)) publish_what_waits();
    keys.insert(std::move(key));
    group.push_back({i, zips[i], *std::move(package)});
  }
  publish_what_waits();
  std::vector<Result<PublishedResult>> all;
  for (auto& result : results) all.push_back(*std::move(result));
  return all;
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
    if (auto version = version_of_index_key(key)) versions.push_back(*std::move(version));
  }
  std::sort(versions.begin(), versions.end(), [](const PackageVersion& a, const PackageVersion& b) {
    if (a.name != b.name) return a.name < b.name;
    const auto order = Version::compare(a.version, b.version);
    return order != 0 ? order < 0 : a.version.text() < b.version.text();
  });
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

Result<std::string> PackageStore::fetch(const std::string& name, const Version& version,
                                        const Digest& zip_digest, std::uint64_t zip_size) {
  const std::string key = zip_key(name, version);
  const auto differs = [&](std::string_view how) {
    return corrupt(fmt::format("the zip of {} {}: '{}' in {}", title_of(name, version), how, key,
                               store_.address()))
        .with_hint("cemli package verify compares all that the store holds of it");
  };
  auto bytes = store_.get(key);
  if (!bytes) return std::move(bytes).error();
  if (!*bytes) return differs("is missing");
  if ((*bytes)->size() != zip_size) return differs("is not of the size that was published");
  if (Digest::of(**bytes) != zip_digest) return differs("is not the one that was published");
  return **std::move(bytes);
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
  const auto archived = read_archive(*zip);
  if (!archived) return corrupt(archived.error().message()).while_doing(title_of(name, version));
  if (archived->content != package.content || archived->manifest != package.manifest) {
    return corrupt(fmt::format("{}: its index in {} does not say what its zip holds",
                               title_of(name, version), store_.address()));
  }
  return std::move(package);
}

}  // namespace cemli
