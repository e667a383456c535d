#include "state/base/cache_file.h"

#include <fmt/format.h>

#include "state/base/build_id.h"
#include "state/base/digest.h"
#include "state/base/file.h"

namespace cemli {
namespace {

constexpr std::size_t kDigestSize = 32;

std::string first_line(std::string_view layout) {
  static const std::string id = build_id();
  return fmt::format("cemli {}, build {}\n", layout, id);
}

}  // namespace

std::optional<std::string> read_cache_file(const std::filesystem::path& path,
                                           std::string_view layout) {
  auto bytes = read_file(path);
  if (!bytes || bytes->size() < kDigestSize) return std::nullopt;
  const std::string_view checked = std::string_view(*bytes).substr(kDigestSize);
  const std::string line = first_line(layout);
  if (!checked.starts_with(line) || !bytes->starts_with(Digest::of(checked).bytes()))
    return std::nullopt;
  bytes->erase(0, kDigestSize + line.size());
  return *std::move(bytes);
}

void write_cache_file(const std::filesystem::path& path, std::string_view layout,
                      std::string_view content) {
  const std::string checked = first_line(layout).append(content);
  static_cast<void>(replace_file(path, Digest::of(checked).bytes() + checked, Durability::relaxed));
}

}  // namespace cemli
