#include "state/base/address.h"

#include <fmt/format.h>

#include <algorithm>

namespace cemli {
namespace {

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_instance_character(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 63 && is_lower_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_instance(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), is_instance_character);
}

bool is_parameter_name(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '_'; });
}

Address::Address(std::string name, std::optional<std::string> instance)
    : name_(std::move(name)), instance_(std::move(instance)) {}

Result<Address> Address::make(std::string_view name, std::optional<std::string> instance) {
  if (!is_name(name)) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("'{}' is not a package name: lower-case letters, digits and '-', at "
                             "most 63, not '-' first",
                             name));
  }
  if (instance && !is_instance(*instance)) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("'{}' is not an instance: letters, digits, '_' and '-', at most 32",
                             *instance));
  }
  return Address(std::string(name), std::move(instance));
}

Result<Address> Address::parse(std::string_view text) {
  const std::size_t bracket = text.find('[');
  if (bracket == std::string_view::npos) return make(text, std::nullopt);
  if (text.back() != ']') {
    return Error(ErrorCode::invalid_input,
                 fmt::format("'{}' is not an address: expected NAME or NAME[INSTANCE]", text));
  }
  return make(text.substr(0, bracket),
              std::string(text.substr(bracket + 1, text.size() - bracket - 2)));
}

std::string Address::text() const {
  return instance_ ? fmt::format("{}[{}]", name_, *instance_) : name_;
}

}  // namespace cemli
