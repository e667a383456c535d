#pragma once

#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// Standard base64 with padding, without line ends (RFC 4648, section 4).
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Reads what `to_base64` writes, and the URL alphabet without padding (RFC 4648, section 5);
/// `invalid_input` otherwise, without the text, which may be a secret.
[[nodiscard]] Result<std::string> from_base64(std::string_view text);

}  // namespace cemli
