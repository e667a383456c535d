#include "reconciler/package/package_lookup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "reconciler/package/published_codec.h"

namespace cemli {
namespace {

using nlohmann::json;

/// How many are asked for at once.
constexpr std::size_t kMostAskedAtOnce = 256;

using BytesVisitor =
    std::function<Result<void>(std::size_t place, const std::optional<std::string>& bytes)>;

Result<void> read_in_groups(Store& packages, const std::vector<std::string>& keys,
                            const BytesVisitor& visit) {
  for (std::size_t first = 0; first < keys.size(); first += kMostAskedAtOnce) {
    const std::size_t count = std::min(kMostAskedAtOnce, keys.size() - first);
    const auto group = packages.get_all(std::span(keys).subspan(first, count));
    if (!group) return group.error();
    for (std::size_t i = 0; i < count; ++i) {
      if (auto visited = visit(first + i, group->at(i)); !visited) return visited;
    }
  }
  return {};
}

Result<PublishedPackage> decode(const std::string& bytes, const std::string& name,
                                const Version& version, const std::string& key,
                                const Store& packages) {
  auto package = decode_published(bytes);
  if (!package) {
    return std::move(package).error().while_doing(
        fmt::format("reading '{}' in {}", key, packages.address()));
  }
  if (package->manifest.name == name && package->manifest.version == version) return package;
  return Error(ErrorCode::corrupt,
               fmt::format("'{}' in {} is of {}", key, packages.address(),
                           title_of(package->manifest.name, package->manifest.version)));
}

/// The members in which two objects differ, with what is before their names.
void note_differences(std::set<std::string>& names, const std::string& before, const json& left,
                      const json& right) {
  for (const json* object : {&left, &right}) {
    for (const auto& member : object->items()) {
      const std::string& name = member.key();
      if (left.value(name, json()) != right.value(name, json())) names.insert(before + name);
    }
  }
}

/// `content_digest, manifest/depends_on`.
std::string describe_differences(const PublishedPackage& written,
                                 const PublishedPackage& published) {
  json left = members_of(written);
  json right = members_of(published);
  std::set<std::string> names;
  note_differences(names, "manifest/", left.at("manifest"), right.at("manifest"));
  left.erase("manifest");
  right.erase("manifest");
  note_differences(names, "", left, right);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<void> look_up_packages(Store& packages, std::span<const PackageVersion> versions,
                              const PackageVisitor& visit) {
  std::vector<std::string> keys;
  keys.reserve(versions.size());
  for (const auto& [name, version] : versions)
    keys.push_back(key_of(PackageObject::index, name, version));
  return read_in_groups(
      packages, keys,
      [&](std::size_t place, const std::optional<std::string>& bytes) -> Result<void> {
        if (!bytes) return visit(place, std::nullopt);
        const PackageVersion& wanted = versions[place];
        auto package = decode(*bytes, wanted.name, wanted.version, keys[place], packages);
        if (!package) return std::move(package).error();
        return visit(place, *std::move(package));
      });
}

Result<std::vector<Problem>> compare_with_published(
    Store& packages, std::span<const PublishedPackage* const> written) {
  std::vector<std::string> keys;
  keys.reserve(written.size());
  for (const PublishedPackage* package : written)
    keys.push_back(key_of(PackageObject::index, package->manifest.name, package->manifest.version));
  std::vector<Problem> problems;
  const auto compare = [&](std::size_t place,
                           const std::optional<std::string>& bytes) -> Result<void> {
    const PublishedPackage& mine = *written[place];
    const Manifest& manifest = mine.manifest;
    const std::string title = fmt::format("'{}' {}", manifest.name, manifest.version.text());
    if (!bytes) {
      problems.push_back({title, "it is not published"});
      return {};
    }
    // The same package has the same bytes, as long as it is the same version of cemli.
    if (*bytes == encode_published(mine)) return {};
    auto package = decode(*bytes, manifest.name, manifest.version, keys[place], packages);
    if (!package) return std::move(package).error();
    const std::string differences = describe_differences(mine, *package);
    if (!differences.empty())
      problems.push_back({title, fmt::format("{} not as published", differences)});
    return {};
  };
  if (auto read = read_in_groups(packages, keys, compare); !read) return std::move(read).error();
  return problems;
}

}  // namespace cemli
