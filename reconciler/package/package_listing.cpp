#include "reconciler/package/package_listing.h"

#include <fmt/format.h>

#include <algorithm>

#include "state/base/canonical_json.h"

namespace cemli {
namespace {

constexpr std::size_t kLongestPath = 1000;
constexpr std::size_t kLongestSegment = 255;  // NAME_MAX

Error invalid_path(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

bool is_control(char c) {
  return (c >= '\0' && c < ' ') || c == '\x7f';
}

Result<void> check_segments(std::string_view path) {
  std::string_view rest = path;
  for (;;) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment == "..") return invalid_path(fmt::format("the path '{}' leaves the package", path));
    if (segment.empty() || segment == ".")
      return invalid_path(fmt::format("the path '{}' has an empty part or '.' in it", path));
    if (segment.size() > kLongestSegment)
      return invalid_path(
          fmt::format("a part of the path '{}' is longer than {} bytes", path, kLongestSegment));
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace

Digest content_digest(std::vector<PackageFile> files) {
  // Compared as unsigned bytes, which std::string does.
  std::sort(files.begin(), files.end(),
            [](const PackageFile& a, const PackageFile& b) { return a.path < b.path; });
  std::string listing;
  for (const PackageFile& file : files) {
    listing += file.mode == FileMode::executable ? "x " : "- ";
    listing += file.digest.hex();
    listing += ' ';
    listing += file.path;
    listing += '\n';
  }
  return Digest::of(listing);
}

std::string printable_path(std::string_view path) {
  std::string shown = replace_invalid_utf8(path);
  std::replace_if(shown.begin(), shown.end(), is_control, '?');
  return shown;
}

Result<void> check_path(std::string_view path) {
  if (!is_utf8(path))
    return invalid_path(fmt::format("the path '{}' is not UTF-8", printable_path(path)));
  if (std::any_of(path.begin(), path.end(), is_control))
    return invalid_path(
        fmt::format("the path '{}' has a control character in it", printable_path(path)));
  if (path.size() > kLongestPath)
    return invalid_path(fmt::format("the path that starts with '{}' is longer than {} bytes",
                                    path.substr(0, path.find('/')), kLongestPath));
  if (path.starts_with('/')) return invalid_path(fmt::format("the path '{}' is absolute", path));
  if (path.find('\\') != std::string_view::npos)
    return invalid_path(
        fmt::format("the path '{}' has a backslash in it; folders are separated by '/'", path));
  return check_segments(path);
}

Result<void> check_unpacked_size(std::uint64_t unpacked, std::uint64_t zip_size) {
  if (unpacked > kLargestPackage) return invalid_path("more than 4 GiB unpacked");
  if (unpacked > kAnyRatioUpTo && unpacked > kLargestRatio * zip_size)
    return invalid_path(
        fmt::format("{} bytes unpack to {}, more than {} to 1", zip_size, unpacked, kLargestRatio));
  return {};
}

Result<void> PathSet::add_parents(const std::string& path) {
  // From the deepest folder up: one that is known brought its own parents along.
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    const auto [at, is_new] = paths_.try_emplace(path.substr(0, slash), Kind::implied_folder);
    if (at->second == Kind::file)
      return invalid_path(fmt::format("'{}' is a file and a folder at once", at->first));
    if (!is_new) break;
  }
  return {};
}

Result<void> PathSet::add_file(const std::string& path) {
  const auto [at, is_new] = paths_.try_emplace(path, Kind::file);
  if (!is_new && at->second == Kind::file)
    return invalid_path(fmt::format("the path '{}' stands there twice", path));
  if (!is_new) return invalid_path(fmt::format("'{}' is a file and a folder at once", path));
  return add_parents(path);
}

Result<void> PathSet::add_folder(const std::string& path) {
  const auto [at, is_new] = paths_.try_emplace(path, Kind::named_folder);
  if (is_new) return add_parents(path);
  if (at->second == Kind::file)
    return invalid_path(fmt::format("'{}' is a file and a folder at once", path));
  if (at->second == Kind::named_folder)
    return invalid_path(fmt::format("the path '{}/' stands there twice", path));
  at->second = Kind::named_folder;
  return {};
}

}  // namespace cemli
