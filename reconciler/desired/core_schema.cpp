#include "reconciler/desired/core_schema.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace cemli {

std::optional<bool> core_boolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

Result<std::int64_t> core_integer(std::string_view text) {
  constexpr auto kHighest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::string_view digits = text;
  int base = 10;
  const bool negative = digits.starts_with('-');
  if (digits.starts_with("0o") || digits.starts_with("0x")) {
    base = digits[1] == 'o' ? 8 : 16;
    digits.remove_prefix(2);
  } else if (negative || digits.starts_with('+')) {
    digits.remove_prefix(1);
  }
  std::uint64_t magnitude = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, magnitude, base);
  if (error == std::errc::invalid_argument || end != last) {
    return Error(ErrorCode::invalid_input, fmt::format("'{}' is not an integer", text));
  }
  if (error == std::errc::result_out_of_range || magnitude > kHighest + (negative ? 1 : 0)) {
    return Error(ErrorCode::invalid_input, fmt::format("'{}' does not fit 64 bits", text));
  }
  // Unsigned negation wraps, so that the lowest integer needs no case of its own.
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

Result<ParameterValue> core_number(std::string_view text) {
  const auto integer = core_integer(text);
  if (integer) return ParameterValue(*integer);
  const auto wrong = [&](std::string_view what) {
    return Error(ErrorCode::invalid_input, fmt::format("'{}' {}", text, what));
  };
  std::string_view digits = text;
  if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
  double magnitude = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, magnitude);
  // Not the words for what is no number (`inf`, `nan`), nor a second sign.
  const bool is_digits = !digits.empty() && std::string_view(".0123456789").find(digits.front()) !=
                                                std::string_view::npos;
  if (error == std::errc::invalid_argument || end != last || !is_digits)
    return wrong("is not a number");
  // As a double, an integer beyond 64 bits could pass for its neighbour.
  const bool is_integer = digits.find_first_of(".eE") == std::string_view::npos;
  if (error != std::errc::result_out_of_range && !is_integer) {
    if (auto number = number_value(text.starts_with('-') ? -magnitude : magnitude)) return *number;
  }
  return wrong("does not fit 64 bits");
}

}  // namespace cemli
