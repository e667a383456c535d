#include "reconciler/report/output_tail.h"

#include <algorithm>

#include "reconciler/report/terminal.h"

namespace cemli {
namespace {

constexpr std::size_t kLongestLine = 500;

std::string shown(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() <= kLongestLine) return printable(line);
  std::size_t end = kLongestLine;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return printable(line.substr(0, end)) + " …";
}

}  // namespace

OutputTail tail_of(std::string_view text, std::size_t lines) {
  OutputTail tail;
  if (text.ends_with('\n')) text.remove_suffix(1);
  bool more = !text.empty();
  while (more && tail.lines.size() < lines) {
    const std::size_t line_break = text.rfind('\n');
    more = line_break != std::string_view::npos;
    tail.lines.push_back(shown(more ? text.substr(line_break + 1) : text));
    if (more) text = text.substr(0, line_break);
  }
  tail.is_whole = !more;
  std::reverse(tail.lines.begin(), tail.lines.end());
  return tail;
}

OutputTail tail_of(const CapturedStream& stream, std::size_t lines) {
  // What was dropped stands between the two, so that only the tail is the end.
  if (stream.dropped > 0) {
    OutputTail tail = tail_of(std::string_view(stream.tail), lines);
    tail.is_whole = false;
    return tail;
  }
  if (stream.tail.empty()) return tail_of(std::string_view(stream.head), lines);
  return tail_of(std::string_view(stream.head + stream.tail), lines);
}

}  // namespace cemli
