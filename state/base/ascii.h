#pragma once

#include <string>
#include <string_view>

namespace cemli {

/// Without the spaces, tabs and ends of lines around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Takes what stands before the first `separator` off the front, and the separator with it; all
/// where there is none.
std::string_view take_until(std::string_view& text, char separator);

/// ASCII letters in lower case; all else as it is, whatever the locale.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace cemli
