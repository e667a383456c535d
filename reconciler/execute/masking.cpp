#include "reconciler/execute/masking.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "state/base/ascii.h"

namespace cemli {
namespace {

constexpr std::string_view kMask = "***";
/// Longer values are looked for in pieces of this size, each by itself.
constexpr std::size_t kPiece = 48;
constexpr std::int64_t kMostMemory = 256LL * 1024 * 1024;
/// `%XX` for each byte.
constexpr std::size_t kLongestUrlEncoding = 3;
/// A line's end behind each character of base64.
constexpr std::size_t kLongestWrapping = 3;
constexpr std::size_t kLongestPadding = 2;

/// A pattern, and the most bytes it can match.
struct Piece {
  std::string pattern;
  std::size_t longest = 0;
};

std::string url_pattern(std::string_view value) {
  std::string pattern;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    pattern += fmt::format("(?:\\x{:02x}|%(?i:{:02x}){})", byte, byte, c == ' ' ? "|\\+" : "");
  }
  return pattern;
}

/// The characters of base64 that `value` alone decides, where `before` bytes stand before it in the
/// first group of three; then the one that it decides in part, as it is where nothing follows.
std::string base64_of(std::string_view value, std::size_t before) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr unsigned kBits = 6;
  std::string text;
  const std::size_t first_bit = (before * 8 + kBits - 1) / kBits * kBits - before * 8;
  for (std::size_t bit = first_bit; bit < value.size() * 8; bit += kBits) {
    unsigned index = 0;
    for (std::size_t i = bit; i < bit + kBits; ++i) {
      const unsigned byte = i / 8 < value.size() ? static_cast<unsigned char>(value[i / 8]) : 0U;
      index = index << 1U | (byte >> (7U - i % 8) & 1U);
    }
    text += kAlphabet[index];
  }
  return text;
}

std::string base64_pattern(std::string_view text, bool ends_in_part) {
  std::string pattern;
  for (const char& c : text) {
    const bool is_part = ends_in_part && &c == &text.back();
    if (is_part) pattern += "(?:";
    if (&c != text.data()) pattern += "\\r?\\n?";
    pattern += c == '+' ? "[+-]" : c == '/' ? "[/_]" : std::string(1, c);
    if (is_part) pattern += "={0,2})?";
  }
  return pattern;
}

/// Each line of a value, and of what is long each piece.
std::vector<std::string_view> parts_of(std::string_view value) {
  std::vector<std::string_view> parts;
  const auto add = [&parts](std::string_view text) {
    while (text.size() > 2 * kPiece) {
      parts.push_back(text.substr(0, kPiece));
      text.remove_prefix(kPiece);
    }
    if (text.size() >= kShortestSecret) parts.push_back(text);
  };
  add(value);
  if (value.find('\n') == std::string_view::npos) return parts;
  while (!value.empty()) {
    std::string_view line = take_until(value, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    add(line);
  }
  return parts;
}

std::vector<Piece> patterns_of(std::string_view part) {
  std::vector<Piece> pieces{{url_pattern(part), part.size() * kLongestUrlEncoding}};
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string text = base64_of(part, before);
    const bool ends_in_part = (before + part.size()) % 3 != 0;
    pieces.push_back(
        {base64_pattern(text, ends_in_part), text.size() * kLongestWrapping + kLongestPadding});
  }
  return pieces;
}

}  // namespace

Result<Masks> Masks::make(const std::vector<std::string>& values) {
  std::set<std::string> patterns;
  Masks masks;
  for (const std::string& value : values) {
    for (const std::string_view part : parts_of(value)) {
      for (Piece& piece : patterns_of(part)) {
        masks.longest_ = std::max(masks.longest_, piece.longest);
        patterns.insert(std::move(piece.pattern));
      }
    }
  }
  if (patterns.empty()) return masks;
  std::string all;
  for (const std::string& pattern : patterns) all += (all.empty() ? "" : "|") + pattern;
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_longest_match(true);
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  auto compiled = std::make_shared<const RE2>(all, options);
  if (!compiled->ok()) {
    return Error(ErrorCode::invalid_input,
                 "the secrets of this run are too long together to be masked in its output");
  }
  masks.pattern_ = std::move(compiled);
  return masks;
}

std::size_t Masks::mask_until(std::string_view text, std::size_t limit, std::size_t covered,
                              std::string& masked) const {
  std::size_t written = covered;
  bool in_mask = covered > 0;
  re2::StringPiece found;
  // A value that begins inside another is looked for as well: together they may be longer.
  for (std::size_t search = 0; search < limit; ++search) {
    if (!pattern_->Match({text.data(), text.size()}, search, text.size(), RE2::UNANCHORED, &found,
                         1))
      break;
    search = static_cast<std::size_t>(found.data() - text.data());
    if (search >= limit) break;
    if (!in_mask || search >= written) {
      masked += text.substr(written, search - written);
      masked += kMask;
    }
    in_mask = true;
    written = std::max(written, search + found.size());
  }
  if (written >= limit) return written - limit;
  masked += text.substr(written, limit - written);
  return 0;
}

std::string Masks::mask(std::string_view text) const {
  if (empty()) return std::string(text);
  std::string masked;
  mask_until(text, text.size(), 0, masked);
  return masked;
}

bool Masks::finds_in(std::string_view bytes) const {
  return !empty() && pattern_->Match({bytes.data(), bytes.size()}, 0, bytes.size(), RE2::UNANCHORED,
                                     nullptr, 0);
}

std::string StreamMask::feed(std::string_view bytes) {
  if (masks_->empty()) return std::string(bytes);
  held_ += bytes;
  // What begins in the last bytes may go on in the next ones.
  if (held_.size() < masks_->longest_) return {};
  std::string shown;
  const std::size_t limit = held_.size() - masks_->longest_ + 1;
  covered_ = masks_->mask_until(held_, limit, covered_, shown);
  held_.erase(0, limit);
  return shown;
}

std::string StreamMask::finish() {
  if (masks_->empty()) return {};
  std::string shown;
  masks_->mask_until(held_, held_.size(), std::exchange(covered_, 0), shown);
  held_.clear();
  return shown;
}

}  // namespace cemli
