#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace cemli {

/// A document whose members stay in the order in which they were given.
using OrderedJson = nlohmann::ordered_json;

/// Null where there is no value.
template <typename T>
[[nodiscard]] OrderedJson or_null(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

/// Text of a document in one line; bytes that are not UTF-8 (a host name can hold any) become
/// U+FFFD.
[[nodiscard]] std::string dump_line(const OrderedJson& document);
/// The same, indented.
[[nodiscard]] std::string dump_pretty(const OrderedJson& document);

}  // namespace cemli
