#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/error.h"

namespace cemli {

/// A place in a text: line and column (in characters), both counted from 1.
struct TextPosition {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend auto operator<=>(const TextPosition&, const TextPosition&) = default;
  friend bool operator==(const TextPosition&, const TextPosition&) = default;
};

/// `file:line:column`.
[[nodiscard]] std::string where(std::string_view file, TextPosition position);

/// What is wrong at a place of a text whose file is known from elsewhere.
struct TextProblem {
  TextPosition at;
  std::string what;
  friend auto operator<=>(const TextProblem&, const TextProblem&) = default;
  friend bool operator==(const TextProblem&, const TextProblem&) = default;
};

/// All problems of `file` in the order of the text, each once, as one error (`invalid_input`).
/// `problems` is not empty.
[[nodiscard]] Error error_in(std::string_view file, std::vector<TextProblem> problems);

/// `unknown key 'x'; did you mean 'y'?`, where one of the `known` ones is near.
[[nodiscard]] std::string unknown_key(std::string_view key, const std::vector<std::string>& known);

/// What the message about something that is only planned ends with.
inline constexpr std::string_view kNotSupportedYet =
    "is not supported by this version of cemli yet";

}  // namespace cemli
