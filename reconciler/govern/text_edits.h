#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cemli {

/// Bytes of a text that are replaced; none where something is only inserted.
struct TextEdit {
  std::size_t offset = 0;
  std::size_t size = 0;
  std::string by;
};

/// The text with its edits, which do not overlap, made. Those at one place stay in their order.
[[nodiscard]] std::string with_edits(std::string_view text, std::vector<TextEdit> edits);

}  // namespace cemli
