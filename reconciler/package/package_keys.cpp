#include "reconciler/package/package_keys.h"

#include <fmt/format.h>

#include <utility>

#include "state/base/address.h"

namespace cemli {
namespace {

std::string_view suffix_of(PackageObject object) {
  switch (object) {
    case PackageObject::zip:
      return ".zip";
    case PackageObject::index:
      return ".json";
    case PackageObject::signature:
      return ".sig";
  }
  return "";
}

}  // namespace

std::string key_of(PackageObject object, const std::string& name, const Version& version) {
  // `+` may not stand in a key: some stores read it as a space.
  std::string text = version.text();
  if (const std::size_t plus = text.find('+'); plus != std::string::npos)
    text.replace(plus, 1, "%2B");
  return fmt::format("{}/{}{}", name, text, suffix_of(object));
}

std::optional<PackageVersion> version_of_key(std::string_view key, PackageObject object) {
  const std::string_view suffix = suffix_of(object);
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

std::string title_of(const std::string& name, const Version& version) {
  return fmt::format("package '{}' {}", name, version.text());
}

}  // namespace cemli
