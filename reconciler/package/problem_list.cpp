#include "reconciler/package/problem_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace cemli {
using nlohmann::json;

Field::Field(const json& value, const Field& parent, std::string name)
    : value_(&value), pointer_(parent.pointer_ + '/'), name_(std::move(name)) {
  for (const char c : name_) {
    if (c == '~') {
      pointer_ += "~0";
    } else if (c == '/') {
      pointer_ += "~1";
    } else {
      pointer_ += c;
    }
  }
}

std::optional<Field> Field::member(std::string_view key) const {
  const auto found = value_->find(key);
  if (found == value_->end()) return std::nullopt;
  return Field(*found, *this, std::string(key));
}

std::vector<Field> Field::members() const {
  std::vector<Field> fields;
  for (const auto& item : value_->items()) fields.push_back(Field(item.value(), *this, item.key()));
  return fields;
}

std::vector<Field> Field::items() const {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < value_->size(); ++i)
    fields.push_back(Field((*value_)[i], *this, std::to_string(i)));
  return fields;
}

void ProblemList::add(const Field& where, std::string what) {
  problems_.push_back(
      {where.pointer().empty() ? file_ : fmt::format("{}: {}", file_, where.pointer()),
       std::move(what)});
}

void ProblemList::check_keys(const Field& object, const std::vector<std::string_view>& known) {
  const std::vector<std::string> candidates(known.begin(), known.end());
  for (const Field& field : object.members()) {
    const std::string key = field.name();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto meant = nearest(key, candidates);
    add(field, meant ? fmt::format("unknown key '{}'; did you mean '{}'?", key, *meant)
                     : fmt::format("unknown key '{}'", key));
  }
}

std::optional<Field> ProblemList::required(const Field& object, std::string_view key) {
  auto field = object.member(key);
  if (!field) add(object, fmt::format("'{}' is missing", key));
  return field;
}

bool ProblemList::expect_object(const Field& field) {
  if (field.value().is_object()) return true;
  add(field, fmt::format("expected an object, found {}", field.value().type_name()));
  return false;
}

bool ProblemList::expect_array(const Field& field) {
  if (field.value().is_array()) return true;
  add(field, fmt::format("expected a list, found {}", field.value().type_name()));
  return false;
}

std::optional<bool> ProblemList::boolean(const Field& field) {
  if (field.value().is_boolean()) return field.value().get<bool>();
  add(field, fmt::format("expected true or false, found {}", field.value().type_name()));
  return std::nullopt;
}

std::optional<std::int64_t> ProblemList::integer(const Field& field) {
  const json& value = field.value();
  if (!value.is_number_integer()) {
    add(field, value.is_number()
                   ? "expected a whole number"
                   : fmt::format("expected a whole number, found {}", value.type_name()));
    return std::nullopt;
  }
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > kLargest) {
    add(field, fmt::format("{} does not fit a signed 64-bit number", value.get<std::uint64_t>()));
    return std::nullopt;
  }
  return value.get<std::int64_t>();
}

std::optional<std::string> ProblemList::text(const Field& field) {
  return string_without(field, "\n\t");
}

std::optional<std::string> ProblemList::line(const Field& field) {
  return string_without(field, "");
}

std::optional<std::string> ProblemList::argument(const Field& field) {
  if (!field.value().is_string()) {
    add(field, fmt::format("expected a string, found {}", field.value().type_name()));
    return std::nullopt;
  }
  auto text = field.value().get<std::string>();
  if (text.find('\0') == std::string::npos) return text;
  add(field, "a NUL character cannot be passed to a program");
  return std::nullopt;
}

std::optional<std::string> ProblemList::string_without(const Field& field,
                                                       std::string_view allowed_controls) {
  if (!field.value().is_string()) {
    add(field, fmt::format("expected a string, found {}", field.value().type_name()));
    return std::nullopt;
  }
  auto text = field.value().get<std::string>();
  const auto is_forbidden = [&](char c) {
    const bool is_control = (c >= '\0' && c < ' ') || c == '\x7f';
    return is_control && allowed_controls.find(c) == std::string_view::npos;
  };
  if (std::none_of(text.begin(), text.end(), is_forbidden)) return text;
  add(field, allowed_controls.empty() ? "a control character or line break is not allowed here"
                                      : "a control character is not allowed here");
  return std::nullopt;
}

}  // namespace cemli
