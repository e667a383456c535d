#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cemli {

/// How text for people is laid out. Whether the stream is a terminal is for the caller to know.
struct TextStyle {
  bool color = false;
  /// Columns after which prose is wrapped; what cannot be broken may be longer.
  std::size_t width = 100;
};

enum class Paint { bold, dim, red, green, yellow, magenta };

/// The text in a colour, where the style has colours.
[[nodiscard]] std::string painted(const TextStyle& style, Paint paint, std::string_view text);

/// Foreign text made harmless: control characters and bytes that are not UTF-8 are shown, not
/// obeyed, so that no output of a step moves the cursor or forges a line.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns a text takes: its code points.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// Lines of at most `columns`, broken at spaces; at least one.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

struct Cell {
  std::string text;
  std::optional<Paint> paint = std::nullopt;
};

struct Row {
  std::vector<Cell> cells;
  /// Lines that stand indented under the row.
  std::vector<std::string> below = {};
};

/// Adds a row of a name and what stands beside it.
void add_row(std::vector<Row>& rows, std::string name, std::string value,
             std::optional<Paint> paint = std::nullopt);

/// The rows as lines with aligned columns, two spaces between them, each behind `indent` spaces.
[[nodiscard]] std::string aligned(const std::vector<Row>& rows, const TextStyle& style,
                                  std::size_t indent);

}  // namespace cemli
