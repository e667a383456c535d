#include "reconciler/package/package_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "reconciler/package/package_archive.h"
#include "reconciler/package/package_keys.h"
#include "reconciler/package/package_lookup.h"
#include "reconciler/package/package_signatures.h"
#include "reconciler/package/published_codec.h"
#include "reconciler/package/stored_zip.h"
#include "state/base/address.h"

namespace cemli {
namespace {

void sort(std::vector<PackageVersion>& versions) {
  std::sort(versions.begin(), versions.end(), [](const PackageVersion& a, const PackageVersion& b) {
    if (a.name != b.name) return a.name < b.name;
    const auto order = Version::compare(a.version, b.version);
    return order != 0 ? order < 0 : a.version.text() < b.version.text();
  });
}

/// Those that exist, sorted.
std::vector<PackageVersion> versions_among(const std::vector<std::string>& keys) {
  std::vector<PackageVersion> versions;
  for (const std::string& key : keys) {
    if (auto version = version_of_key(key, PackageObject::index))
      versions.push_back(*std::move(version));
  }
  sort(versions);
  return versions;
}

Error missing(const Store& store, const std::string& name, const Version& version) {
  return {ErrorCode::not_found,
          fmt::format("{} is not in {}", title_of(name, version), store.address())};
}

Error corrupt(std::string message) {
  return {ErrorCode::corrupt, std::move(message)};
}

}  // namespace

Result<std::optional<KeptSignature>> PackageStore::sign(const std::string& name,
                                                        const Version& version,
                                                        const IndexSigner& sign) {
  const auto index = read_index(name, version);
  if (!index) return index.error();
  if (!*index) return missing(store_, name, version);
  // Nobody signs what is not whole.
  auto verified = verify(name, version);
  if (!verified) return std::move(verified).error();
  auto signature = sign(0, **index);
  if (!signature) return std::move(signature).error();
  if (!*signature) return std::optional<KeptSignature>();
  const auto checked = check_package_signature(**index, **std::move(signature));
  if (!checked) {
    return Error(checked.error())
        .while_doing(fmt::format("the signature of {}", title_of(name, version)))
        .with_hint(
            fmt::format("sign what is published: cemli package sign {}@{}", name, version.text()));
  }
  auto kept = keep_signature(store_, name, version, **index, *checked);
  if (!kept) return std::move(kept).error();
  return std::optional(*std::move(kept));
}

Result<PublishedResult> PackageStore::adopt(const std::string& name, const Version& version) {
  auto known = find(name, version);
  if (!known) return std::move(known).error();
  const std::string key = key_of(PackageObject::zip, name, version);
  const auto zip = fetch_zip(store_, key);
  if (!zip) return zip.error();
  if (!*zip) {
    return Error(ErrorCode::not_found, fmt::format("there is no '{}' in {}", key, store_.address()))
        .with_hint("cemli package publish adds a package from a folder or a zip elsewhere");
  }
  auto package = read_fetched(**zip);
  if (!package) return std::move(package).error().while_doing(fmt::format("'{}'", key));
  const Manifest& manifest = package->manifest;
  if (manifest.name != name || !(manifest.version == version)) {
    return Error(ErrorCode::conflict,
                 fmt::format("'{}' holds {}: its key must be '{}'", key,
                             title_of(manifest.name, manifest.version),
                             key_of(PackageObject::zip, manifest.name, manifest.version)));
  }
  if (*known) {
    if ((*known)->content != package->content)
      return other_content(manifest, (*known)->content, package->content);
    return PublishedResult{Publication::already_there, **std::move(known)};
  }
  PublishedPackage mine{manifest, package->content, (*zip)->facts.digest, (*zip)->facts.size};
  const std::string index = encode_published(mine);
  const auto creation = store_.create({key_of(PackageObject::index, name, version), index});
  if (!creation) return creation.error();
  if (*creation == Creation::created)
    return PublishedResult{Publication::published, std::move(mine)};
  // Somebody was faster, with the same zip.
  known = find(name, version);
  if (!known) return std::move(known).error();
  if (!*known || (*known)->content != mine.content)
    return other_content(manifest, *known ? (*known)->content : mine.content, mine.content);
  return PublishedResult{Publication::already_there, **std::move(known)};
}

Result<LooseZips> PackageStore::loose_zips() {
  const auto keys = store_.list("", "", std::numeric_limits<std::size_t>::max());
  if (!keys) return keys.error();
  const std::set<std::string_view> all(keys->begin(), keys->end());
  LooseZips loose;
  for (const std::string& key : *keys) {
    if (!key.ends_with(".zip")) continue;
    auto version = version_of_key(key, PackageObject::zip);
    if (!version) {
      loose.misplaced.push_back(key);
    } else if (!all.contains(key_of(PackageObject::index, version->name, version->version))) {
      loose.versions.push_back(*std::move(version));
    }
  }
  sort(loose.versions);
  return loose;
}

Result<std::vector<PackageVersion>> PackageStore::list() {
  return list_under("");
}

Result<std::vector<ListedVersion>> PackageStore::list_signed() {
  const auto keys = store_.list("", "", std::numeric_limits<std::size_t>::max());
  if (!keys) return keys.error();
  const std::set<std::string_view> all(keys->begin(), keys->end());
  std::vector<ListedVersion> listed;
  for (PackageVersion& version : versions_among(*keys)) {
    const bool is_signed =
        all.contains(key_of(PackageObject::signature, version.name, version.version));
    listed.push_back({std::move(version), is_signed});
  }
  return listed;
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
  return versions_among(*keys);
}

Result<std::optional<std::string>> PackageStore::read_index(const std::string& name,
                                                            const Version& version) {
  if (auto valid = Address::make(name, std::nullopt); !valid) return std::move(valid).error();
  return store_.get(key_of(PackageObject::index, name, version));
}

Result<std::optional<PublishedPackage>> PackageStore::find(const std::string& name,
                                                           const Version& version) {
  if (auto valid = Address::make(name, std::nullopt); !valid) return std::move(valid).error();
  const PackageVersion wanted{name, version};
  std::optional<PublishedPackage> found;
  auto looked =
      look_up_packages(store_, std::span(&wanted, 1),
                       [&](std::size_t, std::optional<PublishedPackage> package) -> Result<void> {
                         found = std::move(package);
                         return {};
                       });
  if (!looked) return std::move(looked).error();
  return found;
}

Result<UniqueFd> PackageStore::fetch(const std::string& name, const Version& version,
                                     const Digest& zip_digest, std::uint64_t zip_size) {
  const std::string key = key_of(PackageObject::zip, name, version);
  const auto differs = [&](std::string_view how) {
    return corrupt(fmt::format("the zip of {} {}: '{}' in {}", title_of(name, version), how, key,
                               store_.address()))
        .with_hint("cemli package verify compares all that the store holds of it");
  };
  auto zip = fetch_zip(store_, key);
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
  if (!*published) return missing(store_, name, version);
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
