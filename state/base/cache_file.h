#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cemli {

/// The content of a file of a local cache; nothing where there is none, or one that is damaged or
/// was written by another build of this program, which may mean something else by it. `layout`
/// names what the content is.
[[nodiscard]] std::optional<std::string> read_cache_file(const std::filesystem::path& path,
                                                         std::string_view layout);

/// Puts it there in one step. A cache that cannot be written costs time, nothing else.
void write_cache_file(const std::filesystem::path& path, std::string_view layout,
                      std::string_view content);

}  // namespace cemli
