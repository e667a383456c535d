#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// Parses one JSON text that must be UTF-8 without duplicate keys and integers beyond 64 bits, at
/// most 100 deep. `invalid_input` names the line and column of a syntax error, or the pointer of a
/// duplicate key.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text);

using TakeMember = std::function<void(const std::string& name, nlohmann::json value)>;
/// As `parse_json`, of an object with a long member `list`, itself an object: each object in it is
/// handed to `take` as soon as it ends, and null in what is returned.
[[nodiscard]] Result<nlohmann::json> parse_long_json(std::string_view text, std::string_view list,
                                                     const TakeMember& take);

}  // namespace cemli
