#include "state/base/canonical_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace cemli {
namespace {

using nlohmann::json;

/// The length of the valid UTF-8 sequence at the start of `text`, 0 where there is none (RFC 3629).
std::size_t utf8_sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool too_large = first == 0xF4 && byte(1) > 0x8F;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

/// RFC 8785 3.2.3 sorts names by UTF-16 code units, which differs from byte order only between
/// supplementary characters and U+E000..U+FFFF.
std::u16string utf16(const std::string& text) {
  std::u16string units;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length =
        std::max<std::size_t>(1, utf8_sequence_length(std::string_view(text).substr(i)));
    constexpr std::array<unsigned, 5> kFirstByteMask{0, 0x7F, 0x1F, 0x0F, 0x07};
    std::uint32_t code = static_cast<unsigned char>(text[i]) & kFirstByteMask[length];
    for (std::size_t k = 1; k < length; ++k)
      code = (code << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    if (code >= 0x10000) {
      code -= 0x10000;
      units += static_cast<char16_t>(0xD800 + (code >> 10U));
      units += static_cast<char16_t>(0xDC00 + (code & 0x3FFU));
    } else {
      units += static_cast<char16_t>(code);
    }
    i += length;
  }
  return units;
}

/// The escape of a byte that may not stand in a string as it is.
std::string escaped(char c) {
  constexpr std::string_view kNamed = "\b\t\n\f\r\"\\";
  constexpr std::string_view kNames = "btnfr\"\\";
  if (const std::size_t at = kNamed.find(c); at != std::string_view::npos)
    return {'\\', kNames[at]};
  return fmt::format("\\u{:04x}", static_cast<unsigned>(c));
}

void write_string(std::string_view text, std::string& out) {
  out += '"';
  for (;;) {
    const auto special = std::find_if(text.begin(), text.end(), [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    });
    out.append(text.begin(), special);
    if (special == text.end()) break;
    out += escaped(*special);
    text.remove_prefix(static_cast<std::size_t>(special - text.begin()) + 1);
  }
  out += '"';
}

/// ECMAScript's Number::toString for a finite value (RFC 8785 3.2.2.3).
std::string ecmascript_number(double value) {
  if (value == 0) return "0";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                 std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  const std::size_t e = text.find('e');
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits += c;
  }
  int exponent = 0;
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // digits before the decimal point
  std::string out = value < 0 ? "-" : "";
  if (point > 0 && point <= 21) {
    if (count <= point)
      return out + digits + std::string(static_cast<std::size_t>(point - count), '0');
    return out + digits.substr(0, static_cast<std::size_t>(point)) + "." +
           digits.substr(static_cast<std::size_t>(point));
  }
  if (point > -6 && point <= 0)
    return out + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  out += digits.substr(0, 1);
  if (count > 1) out += "." + digits.substr(1);
  return out + fmt::format("e{}{}", exponent < 0 ? "-" : "+", std::abs(exponent));
}

Result<void> write_float(double value, std::string& out) {
  if (!std::isfinite(value))
    return Error(ErrorCode::invalid_input, "a number that is not finite has no JSON form");
  constexpr double kExact = 9007199254740992.0;  // 2^53: below it the integer is the same number
  if (value == std::floor(value) && std::abs(value) < kExact) {
    out += std::to_string(static_cast<std::int64_t>(value));
  } else {
    out += ecmascript_number(value);
  }
  return {};
}

Result<void> write_value(const json& value, std::string& out);

using Member = std::pair<const std::string, json>;

/// In the order RFC 8785 writes them. The tree has them in byte order, which is the same unless
/// there is a name with a character from U+E000 on.
std::vector<const Member*> sorted_members(const json::object_t& object) {
  std::vector<const Member*> members;
  bool is_sorted = true;
  for (const Member& member : object) {
    members.push_back(&member);
    for (const char c : member.first) is_sorted &= static_cast<unsigned char>(c) < 0xEE;
  }
  if (!is_sorted) {
    std::sort(members.begin(), members.end(),
              [](const Member* a, const Member* b) { return utf16(a->first) < utf16(b->first); });
  }
  return members;
}

Result<void> write_object(const json::object_t& object, std::string& out) {
  out += '{';
  bool is_first = true;
  for (const Member* member : sorted_members(object)) {
    if (!is_utf8(member->first))
      return Error(ErrorCode::invalid_input, "an object name is not UTF-8");
    if (!std::exchange(is_first, false)) out += ',';
    write_string(member->first, out);
    out += ':';
    if (auto written = write_value(member->second, out); !written) return written;
  }
  out += '}';
  return {};
}

Result<void> write_value(const json& value, std::string& out) {
  switch (value.type()) {
    case json::value_t::object:
      return write_object(value.get_ref<const json::object_t&>(), out);
    case json::value_t::array: {
      out += '[';
      bool first = true;
      for (const json& item : value) {
        if (!std::exchange(first, false)) out += ',';
        if (auto written = write_value(item, out); !written) return written;
      }
      out += ']';
      return {};
    }
    case json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      if (!is_utf8(text)) return Error(ErrorCode::invalid_input, "a string is not UTF-8");
      write_string(text, out);
      return {};
    }
    case json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return {};
    case json::value_t::number_integer:
      out += std::to_string(value.get<std::int64_t>());
      return {};
    case json::value_t::number_unsigned:
      out += std::to_string(value.get<std::uint64_t>());
      return {};
    case json::value_t::number_float:
      return write_float(value.get<double>(), out);
    case json::value_t::null:
      out += "null";
      return {};
    case json::value_t::binary:
    case json::value_t::discarded:
      break;
  }
  return Error(ErrorCode::internal, "a value without a JSON form");
}

}  // namespace

Result<std::string> canonical_json(const json& value) {
  std::string out;
  if (auto written = write_value(value, out); !written) return std::move(written).error();
  return out;
}

Digest digest_of(const json& value) {
  const auto text = canonical_json(value);
  assert(text);
  return Digest::of(*text);
}

bool is_utf8(std::string_view text) {
  for (;;) {
    const auto beyond_ascii = std::find_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (beyond_ascii == text.end()) return true;
    text.remove_prefix(static_cast<std::size_t>(beyond_ascii - text.begin()));
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace cemli
