#include "reconciler/package/parameter_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace cemli {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

/// A double has a fraction, so it is below 2^53, where a conversion orders integers as they are.
bool is_less(const Limit& left, const Limit& right) {
  const auto* a = std::get_if<std::int64_t>(&left);
  const auto* b = std::get_if<std::int64_t>(&right);
  if (a != nullptr && b != nullptr) return *a < *b;
  const auto as_double = [](const Limit& limit) {
    const auto* integer = std::get_if<std::int64_t>(&limit);
    return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(limit);
  };
  return as_double(left) < as_double(right);
}

std::string shown(const Limit& limit) {
  return std::visit([](auto number) { return describe_value(ParameterValue(number)); }, limit);
}

std::int64_t count_characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

std::optional<std::string> find_misfit_in_limits(const Limit& measure, const std::string& subject,
                                                 const ParameterSpec& spec) {
  if (spec.min && is_less(measure, *spec.min))
    return fmt::format("{} is less than {}", subject, shown(*spec.min));
  if (spec.max && is_less(*spec.max, measure))
    return fmt::format("{} is more than {}", subject, shown(*spec.max));
  return std::nullopt;
}

/// What `enum` and `pattern` say of a value: made once for all of a list's items.
class Words {
 public:
  explicit Words(const ParameterSpec& spec)
      : spec_(spec), allowed_(spec.allowed.begin(), spec.allowed.end()) {
    if (spec.pattern) pattern_.emplace(*spec.pattern, quiet());
  }

  [[nodiscard]] std::optional<std::string> find_misfit(const ParameterValue& value) const {
    if (!allowed_.empty() && !allowed_.contains(value)) {
      std::vector<std::string> words;
      for (const ParameterValue& word : spec_.allowed) words.push_back(describe_value(word));
      return fmt::format("{} is none of {}", describe_value(value), fmt::join(words, ", "));
    }
    if (pattern_ && !RE2::FullMatch(parameter_text(value), *pattern_))
      return fmt::format("{} does not match '{}'", describe_value(value), *spec_.pattern);
    return std::nullopt;
  }

 private:
  const ParameterSpec& spec_;
  std::set<ParameterValue> allowed_;
  std::optional<RE2> pattern_;
};

}  // namespace

bool is_of_type(const ParameterValue& value, ParameterType type) {
  switch (type) {
    case ParameterType::string:
      return std::holds_alternative<std::string>(value);
    case ParameterType::integer:
      return std::holds_alternative<std::int64_t>(value);
    case ParameterType::number:
      return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
    case ParameterType::boolean:
      return std::holds_alternative<bool>(value);
    case ParameterType::list:
      return std::holds_alternative<std::vector<ScalarValue>>(value);
  }
  return false;
}

std::optional<std::string> find_misfit(const ParameterValue& value, const ParameterSpec& spec) {
  const Words words(spec);
  if (const auto* items = std::get_if<std::vector<ScalarValue>>(&value)) {
    for (const ScalarValue& item : *items) {
      const auto whole =
          std::visit([](const auto& content) { return ParameterValue(content); }, item);
      if (auto misfit = words.find_misfit(whole)) return misfit;
    }
    const auto count = static_cast<std::int64_t>(items->size());
    return find_misfit_in_limits(count, fmt::format("the number of items, {},", count), spec);
  }
  if (auto misfit = words.find_misfit(value)) return misfit;
  if (const auto* text = std::get_if<std::string>(&value)) {
    const std::int64_t length = count_characters(*text);
    return find_misfit_in_limits(
        length, fmt::format("the number of characters of '{}', {},", *text, length), spec);
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return find_misfit_in_limits(*integer, describe_value(value), spec);
  if (const auto* number = std::get_if<double>(&value))
    return find_misfit_in_limits(*number, describe_value(value), spec);
  return std::nullopt;
}

Result<void> check_pattern(const std::string& pattern) {
  const RE2 compiled(pattern, quiet());
  if (compiled.ok()) return {};
  return Error(ErrorCode::invalid_input,
               fmt::format("'{}' is not a pattern: {}", pattern, compiled.error()));
}

bool is_reversed(const Limit& min, const Limit& max) {
  return is_less(max, min);
}

}  // namespace cemli
