#include "reconciler/desired/parameter_values.h"

#include <fmt/format.h>

#include <utility>

#include "reconciler/desired/core_schema.h"
#include "reconciler/package/parameter_check.h"

namespace cemli {
namespace {

using Style = WrittenValue::Style;

Error wrong(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

/// A number or a boolean, which have no quotes.
template <typename Value>
Result<ParameterValue> unquoted(const WrittenValue& written, Result<Value> value) {
  if (!value) return std::move(value).error();
  if (written.style == Style::quoted)
    return wrong(fmt::format("remove the quotes around '{}'", written.text));
  return ParameterValue(*std::move(value));
}

Result<bool> read_boolean(const std::string& text) {
  if (const auto value = core_boolean(text)) return *value;
  return wrong(fmt::format("'{}' is neither true nor false", text));
}

/// An item has no declared type: it is what it looks like.
ScalarValue read_item(const WrittenValue& written) {
  if (written.style == Style::quoted) return written.text;
  if (const auto boolean = core_boolean(written.text)) return *boolean;
  const auto number = core_number(written.text);
  if (!number) return written.text;
  if (const auto* integer = std::get_if<std::int64_t>(&*number)) return *integer;
  return std::get<double>(*number);
}

Result<ParameterValue> read_as(const WrittenValue& written, ParameterType type) {
  if (type == ParameterType::list) {
    if (written.style != Style::list) return wrong(fmt::format("'{}' is not a list", written.text));
    std::vector<ScalarValue> items;
    for (const WrittenValue& item : written.items) items.push_back(read_item(item));
    return ParameterValue(std::move(items));
  }
  if (written.style == Style::list) return wrong("this is a list");
  switch (type) {
    case ParameterType::integer:
      return unquoted(written, core_integer(written.text));
    case ParameterType::number:
      return unquoted(written, core_number(written.text));
    case ParameterType::boolean:
      return unquoted(written, read_boolean(written.text));
    default:
      return ParameterValue(written.text);
  }
}

}  // namespace

Result<ParameterValue> read_value(const WrittenValue& written, const ParameterSpec& spec,
                                  std::string_view subject) {
  auto value = read_as(written, spec.type);
  if (!value) {
    const bool is_integer = spec.type == ParameterType::integer;
    return wrong(fmt::format("{} is {} {}; {}", subject, is_integer ? "an" : "a",
                             word_of(spec.type), value.error().message()));
  }
  if (const auto misfit = find_misfit(*value, spec))
    return wrong(fmt::format("{}: {}", subject, *misfit));
  return value;
}

}  // namespace cemli
