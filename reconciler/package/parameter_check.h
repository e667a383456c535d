#pragma once

#include <optional>
#include <string>

#include "reconciler/package/manifest.h"
#include "state/base/result.h"

namespace cemli {

/// Whether a value is of a type. An integer is a number, too.
[[nodiscard]] bool is_of_type(const ParameterValue& value, ParameterType type);

/// Why `value`, which is of the declared type, does not fit `enum`, `pattern`, `min` or `max`;
/// nothing where it does.
[[nodiscard]] std::optional<std::string> find_misfit(const ParameterValue& value,
                                                     const ParameterSpec& spec);

/// Whether `pattern` is in RE2's syntax. `invalid_input` says why not.
[[nodiscard]] Result<void> check_pattern(const std::string& pattern);

/// Whether no value could lie between them.
[[nodiscard]] bool is_reversed(const Limit& min, const Limit& max);

}  // namespace cemli
