#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "state/base/digest.h"
#include "state/base/result.h"

namespace cemli {

/// RFC 8785 text of `value`, with exact 64-bit integers. A float without a fraction that fits 64
/// bits is written as an integer; a string that is not UTF-8, NaN and infinities are refused
/// (`invalid_input`).
[[nodiscard]] Result<std::string> canonical_json(const nlohmann::json& value);

/// Digest of the canonical text. `value` is one that this program composed of valid parts.
[[nodiscard]] Digest digest_of(const nlohmann::json& value);

/// Whether `text` is valid UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);
/// `text` with every byte that does not belong to valid UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

}  // namespace cemli
