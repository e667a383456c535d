#include "state/base/parameter_value.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/canonical_json.h"
#include "state/base/json_reader.h"

namespace cemli {
namespace {

using nlohmann::json;

std::optional<ScalarValue> scalar_of(const json& value) {
  if (value.is_string()) {
    auto text = value.get<std::string>();
    if (text.find('\0') != std::string::npos) return std::nullopt;
    return ScalarValue(std::move(text));
  }
  if (value.is_boolean()) return value.get<bool>();
  if (const auto integer = exact_integer(value)) return *integer;
  if (!value.is_number_float()) return std::nullopt;
  const auto number = number_value(value.get<double>());
  if (!number) return std::nullopt;
  if (const auto* integer = std::get_if<std::int64_t>(&*number)) return *integer;
  return std::get<double>(*number);
}

ParameterValue widened(ScalarValue value) {
  return std::visit([](auto&& content) { return ParameterValue(std::move(content)); },
                    std::move(value));
}

}  // namespace

std::optional<ParameterValue> number_value(double number) {
  constexpr double kTooLarge = 9223372036854775808.0;  // 2^63
  if (!std::isfinite(number)) return std::nullopt;
  if (number != std::trunc(number)) return number;
  if (number < -kTooLarge || number >= kTooLarge) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

json json_of(const ParameterValue& value) {
  const auto* list = std::get_if<std::vector<ScalarValue>>(&value);
  if (list == nullptr) {
    json scalar;
    if (const auto* text = std::get_if<std::string>(&value)) scalar = *text;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) scalar = *integer;
    if (const auto* number = std::get_if<double>(&value)) scalar = *number;
    if (const auto* boolean = std::get_if<bool>(&value)) scalar = *boolean;
    return scalar;
  }
  json items = json::array();
  for (const ScalarValue& item : *list) items.push_back(json_of(widened(item)));
  return items;
}

json json_of(const Parameters& parameters) {
  json object = json::object();
  for (const auto& [name, value] : parameters) object[name] = json_of(value);
  return object;
}

std::optional<ParameterValue> parameter_value_of(const json& value) {
  if (!value.is_array()) {
    auto scalar = scalar_of(value);
    if (!scalar) return std::nullopt;
    return widened(*std::move(scalar));
  }
  std::vector<ScalarValue> list;
  for (const json& item : value) {
    auto scalar = scalar_of(item);
    if (!scalar) return std::nullopt;
    list.push_back(*std::move(scalar));
  }
  return list;
}

std::string parameter_text(const ParameterValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return canonical_json(json_of(value)).value();
}

std::string describe_value(const ParameterValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return fmt::format("'{}'", *text);
  return json_of(value).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace cemli
