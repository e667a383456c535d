#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "state/base/parameter_value.h"
#include "state/base/result.h"

namespace cemli {

/// What a plain (unquoted) YAML scalar means after the YAML 1.2 core schema.

/// `true` and `false` in three spellings each; nothing else (`yes` is a string).
[[nodiscard]] std::optional<bool> core_boolean(std::string_view text);

/// Decimal with an optional sign, `0o17` or `0x1F`. `invalid_input` says whether it is no integer
/// or does not fit 64 bits.
[[nodiscard]] Result<std::int64_t> core_integer(std::string_view text);

/// As `core_integer`, or a decimal fraction such as `-0.5` or `1e3`, which must be finite and, if
/// it has no fraction after all, fit 64 bits.
[[nodiscard]] Result<ParameterValue> core_number(std::string_view text);

}  // namespace cemli
