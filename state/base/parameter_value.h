#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cemli {

/// What a list holds.
using ScalarValue = std::variant<std::string, std::int64_t, double, bool>;

/// A resolved parameter. A `double` always has a fraction: a number without one is an integer.
using ParameterValue =
    std::variant<std::string, std::int64_t, double, bool, std::vector<ScalarValue>>;
using Parameters = std::map<std::string, ParameterValue>;

/// The value of a number. Nothing where it is not finite, or has no fraction and does not fit 64
/// bits.
[[nodiscard]] std::optional<ParameterValue> number_value(double number);

[[nodiscard]] nlohmann::json json_of(const ParameterValue& value);
[[nodiscard]] nlohmann::json json_of(const Parameters& parameters);
/// Nothing for null, an object, a list of other than scalars, a text with a NUL, and numbers that
/// `number_value` has none for.
[[nodiscard]] std::optional<ParameterValue> parameter_value_of(const nlohmann::json& json);

/// As a program gets it: a string as it is, anything else as canonical JSON.
[[nodiscard]] std::string parameter_text(const ParameterValue& value);
/// For people: a string in 'quotes', anything else as JSON.
[[nodiscard]] std::string describe_value(const ParameterValue& value);

}  // namespace cemli
