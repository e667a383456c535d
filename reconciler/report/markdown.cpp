#include "reconciler/report/markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/report/terminal.h"
#include "state/base/ascii.h"

namespace cemli {
namespace {

/// The length of the character at `at` that nobody sees or that turns text around it: U+200B to
/// U+200F, U+202A to U+202E, U+2060 to U+206F, U+FEFF, and the ends of lines U+2028 and U+2029; 0
/// where it is another.
std::size_t length_of_hidden(std::string_view text, std::size_t at) {
  if (text.size() - at < 3) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned last = byte(2);
  if (byte(0) == 0xEF && byte(1) == 0xBB && last == 0xBF) return 3;
  if (byte(0) != 0xE2) return 0;
  const bool is_joiner = byte(1) == 0x80 && last >= 0x8B && last <= 0x8F;
  const bool is_turn = byte(1) == 0x80 && last >= 0xA8 && last <= 0xAE;
  const bool is_isolate = byte(1) == 0x81 && last >= 0xA0 && last <= 0xAF;
  return is_joiner || is_turn || is_isolate ? 3 : 0;
}

unsigned code_point(std::string_view three) {
  const auto bits = [&](std::size_t i, unsigned mask) {
    return static_cast<unsigned>(static_cast<unsigned char>(three[i])) & mask;
  };
  return (bits(0, 0x0FU) << 12U) | (bits(1, 0x3FU) << 6U) | bits(2, 0x3FU);
}

std::string harmless(std::string_view line) {
  const std::string text = printable(line);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t hidden = length_of_hidden(text, i);
    if (hidden > 0) {
      out += fmt::format("\\u{:04x}", code_point(std::string_view(text).substr(i, hidden)));
      i += hidden;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::string fence_for(std::string_view text, std::size_t least) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::string(std::max(least, longest + 1), '`');
}

}  // namespace

std::string code_span(std::string_view text) {
  const std::string content = harmless(text);
  if (content.find_first_not_of(' ') == std::string::npos) return "(empty)";
  const std::string fence = fence_for(content, 1);
  const bool needs_space = content.front() == '`' || content.back() == '`';
  const std::string_view space = needs_space ? " " : "";
  return fmt::format("{0}{1}{2}{1}{0}", fence, space, content);
}

std::string code_block(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    lines += harmless(take_until(text, '\n')) + "\n";
  }
  const std::string fence = fence_for(lines, 3);
  return fmt::format("{0}text\n{1}{0}\n", fence, lines);
}

std::string shortened(std::string_view text, std::size_t most) {
  constexpr std::string_view kMark = "…";
  if (text.size() <= most) return std::string(text);
  std::size_t end = most > kMark.size() ? most - kMark.size() : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + std::string(kMark);
}

}  // namespace cemli
