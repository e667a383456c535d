#include "reconciler/package/package_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
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

/// The zip that a publish goes on with: the one given, or the one that is there with its content.
Result<PublishedPackage> settle_zip(Store& store, std::string_view zip,
                                    const ArchivedPackage& package) {
  const Manifest& manifest = package.manifest;
  const std::string key = zip_key(manifest.name, manifest.version);
  const auto creation = store.create(NewObject{key, zip});
  if (!creation) return creation.error();
  const PublishedPackage mine{manifest, package.content, Digest::of(zip), zip.size()};
  if (*creation == Creation::created) return mine;
  const auto found = store.get(key);
  if (!found) return found.error();
  if (!*found) return Error(ErrorCode::unavailable, fmt::format("'{}' came and went", key));
  if (**found == zip) return mine;
  const auto there = read_archive(**found);
  if (!there || there->content != package.content) {
    return Error(ErrorCode::conflict,
                 fmt::format("{} has a zip with other content in the store, and no index yet",
                             title_of(manifest.name, manifest.version)))
        .with_hint(fmt::format("look at '{}' in {}: remove it if nobody needs it, or give your "
                               "package a new version",
                               key, store.address()));
  }
  return PublishedPackage{there->manifest, there->content, Digest::of(**found), (*found)->size()};
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

Result<PublishedResult> PackageStore::publish(std::string_view zip) {
  const auto package = read_archive(zip);
  if (!package) return package.error();
  const Manifest& manifest = package->manifest;
  const auto known = find(manifest.name, manifest.version);
  if (!known) return known.error();
  if (*known) {
    if ((*known)->content != package->content)
      return conflict(manifest, (*known)->content, package->content);
    return PublishedResult{Publication::already_there, **known};
  }
  auto settled = settle_zip(store_, zip, *package);
  if (!settled) return std::move(settled).error();
  const std::string index = encode_published(*settled);
  const auto creation = store_.create(NewObject{index_key(manifest.name, manifest.version), index});
  if (!creation) return creation.error();
  if (*creation == Creation::created)
    return PublishedResult{Publication::published, *std::move(settled)};
  // Somebody published the same version meanwhile, or a lost answer was this very object.
  const auto now = find(manifest.name, manifest.version);
  if (!now) return now.error();
  if (!*now)
    return Error(ErrorCode::unavailable, fmt::format("the index of {} came and went",
                                                     title_of(manifest.name, manifest.version)));
  if ((*now)->content != package->content)
    return conflict(manifest, (*now)->content, package->content);
  return PublishedResult{Publication::already_there, **now};
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
