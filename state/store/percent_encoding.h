#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cemli {

/// Every byte but RFC 3986's unreserved ones as `%XX`; `keep` names further ones that stay.
[[nodiscard]] std::string percent_encode(std::string_view text, std::string_view keep = {});

/// The other way round; nothing where a `%` is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace cemli
