#include "reconciler/report/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "state/base/ascii.h"
#include "state/base/canonical_json.h"

namespace cemli {
namespace {

std::string_view code_of(Paint paint) {
  switch (paint) {
    case Paint::bold:
      return "1";
    case Paint::dim:
      return "2";
    case Paint::red:
      return "31";
    case Paint::green:
      return "32";
    case Paint::yellow:
      return "33";
    case Paint::magenta:
      return "35";
  }
  return "0";
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

/// U+0080..U+009F are control characters too; some terminals obey them.
bool starts_c1_control(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
}

}  // namespace

std::string painted(const TextStyle& style, Paint paint, std::string_view text) {
  if (!style.color || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(paint), text);
}

std::string printable(std::string_view text) {
  const std::string valid = replace_invalid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if (valid[i] == '\t') {
      out += ' ';
    } else if (is_control(valid[i])) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(valid[i]));
    } else if (starts_c1_control(std::string_view(valid).substr(i))) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(valid[++i]));
    } else {
      out += valid[i];
    }
  }
  return out;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines{""};
  while (!text.empty()) {
    const std::string_view word = take_until(text, ' ');
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (columns_of(line) + 1 + columns_of(word) <= columns) {
      line.append(" ").append(word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

void add_row(std::vector<Row>& rows, std::string name, std::string value,
             std::optional<Paint> paint) {
  rows.push_back(Row{{Cell{std::move(name)}, Cell{std::move(value), paint}}});
}

std::string aligned(const std::vector<Row>& rows, const TextStyle& style, std::size_t indent) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.cells.size()), 0);
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row.cells[i].text));
  }
  std::string out;
  for (const Row& row : rows) {
    out.append(indent, ' ');
    std::size_t gap = 0;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const Cell& cell = row.cells[i];
      if (!cell.text.empty()) {
        out.append(gap, ' ');
        gap = 0;
        out += cell.paint ? painted(style, *cell.paint, cell.text) : cell.text;
      }
      gap += widths[i] - columns_of(cell.text) + 2;
    }
    out += '\n';
    for (const std::string& line : row.below) out.append(indent + 4, ' ').append(line).append("\n");
  }
  return out;
}

}  // namespace cemli
