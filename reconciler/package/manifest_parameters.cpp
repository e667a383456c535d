#include "reconciler/package/manifest_parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/package/parameter_check.h"
#include "state/base/address.h"

namespace cemli {
namespace {

constexpr std::array<std::string_view, 5> kParameterTypeWords{"string", "integer", "number",
                                                              "boolean", "list"};

std::string_view with_article(ParameterType type) {
  constexpr std::array<std::string_view, 5> kPhrases{"a string", "an integer", "a number",
                                                     "a boolean", "a list"};
  return kPhrases[static_cast<std::size_t>(type)];
}

class ParameterReader {
 public:
  explicit ParameterReader(ProblemList& problems) : problems_(problems) {}

  ParameterSpec read(const Field& parameter) {
    ParameterSpec spec;
    if (!problems_.expect_object(parameter)) return spec;
    problems_.check_keys(parameter,
                         {"type", "default", "description", "enum", "pattern", "min", "max"});
    if (const auto field = parameter.member("description"))
      spec.description = problems_.text(*field).value_or("");
    const auto type = read_type(parameter);
    if (!type) return spec;
    spec.type = *type;
    read_enum(parameter, spec);
    read_pattern(parameter, spec);
    spec.min = read_limit(parameter, "min", spec.type);
    spec.max = read_limit(parameter, "max", spec.type);
    if (spec.min && spec.max && is_reversed(*spec.min, *spec.max))
      problems_.add(parameter, "nothing fits: 'min' is more than 'max'");
    // A default is judged by all of the others.
    if (const auto field = parameter.member("default"))
      spec.default_value = read_default(*field, spec);
    return spec;
  }

 private:
  std::optional<ParameterType> read_type(const Field& parameter) {
    const auto field = parameter.member("type");
    if (!field) return ParameterType::string;
    const auto word = problems_.line(*field);
    if (!word) return std::nullopt;
    const auto found = std::find(kParameterTypeWords.begin(), kParameterTypeWords.end(), *word);
    if (found != kParameterTypeWords.end())
      return static_cast<ParameterType>(found - kParameterTypeWords.begin());
    problems_.add(*field, fmt::format("'{}' is not a type of parameters: {}", *word,
                                      fmt::join(kParameterTypeWords, ", ")));
    return std::nullopt;
  }

  std::optional<ParameterValue> read_value(const Field& field, ParameterType type) {
    // These two say more precisely what is wrong.
    if (type == ParameterType::integer) {
      const auto integer = problems_.integer(field);
      if (!integer) return std::nullopt;
      return *integer;
    }
    if (type == ParameterType::string) {
      auto text = problems_.argument(field);
      if (!text) return std::nullopt;
      return *std::move(text);
    }
    auto value = parameter_value_of(field.value());
    if (value && is_of_type(*value, type)) return value;
    problems_.add(field, type == ParameterType::list
                             ? "expected a list of strings, numbers and booleans"
                             : fmt::format("expected {}", with_article(type)));
    return std::nullopt;
  }

  void read_enum(const Field& parameter, ParameterSpec& spec) {
    const auto field = parameter.member("enum");
    if (!field || !problems_.expect_array(*field)) return;
    const std::vector<Field> items = field->items();
    if (items.empty()) problems_.add(*field, "nothing fits: 'enum' is empty");
    for (const Field& item : items) {
      std::optional<ParameterValue> value;
      if (spec.type != ParameterType::list) {
        value = read_value(item, spec.type);
      } else if (value = parameter_value_of(item.value());
                 !value || is_of_type(*value, spec.type)) {
        problems_.add(item, "expected a string, a number or a boolean, as in the list's items");
        continue;
      }
      if (value) spec.allowed.push_back(*std::move(value));
    }
  }

  void read_pattern(const Field& parameter, ParameterSpec& spec) {
    const auto field = parameter.member("pattern");
    if (!field) return;
    if (spec.type != ParameterType::string && spec.type != ParameterType::list)
      return problems_.add(*field, fmt::format("{} has no pattern", with_article(spec.type)));
    auto pattern = problems_.line(*field);
    if (!pattern) return;
    if (const auto valid = check_pattern(*pattern); !valid)
      return problems_.add(*field, valid.error().message());
    spec.pattern = *std::move(pattern);
  }

  std::optional<Limit> read_limit(const Field& parameter, std::string_view key,
                                  ParameterType type) {
    const auto field = parameter.member(key);
    if (!field) return std::nullopt;
    if (type == ParameterType::boolean) {
      problems_.add(*field, fmt::format("a boolean has no '{}'", key));
      return std::nullopt;
    }
    if (type == ParameterType::number) {
      const auto number = read_value(*field, type);
      if (!number) return std::nullopt;
      if (const auto* integer = std::get_if<std::int64_t>(&*number)) return *integer;
      return std::get<double>(*number);
    }
    const auto integer = problems_.integer(*field);
    if (!integer) return std::nullopt;
    if (*integer < 0 && type != ParameterType::integer) {
      problems_.add(*field, "a length is not negative");
      return std::nullopt;
    }
    return *integer;
  }

  std::optional<ParameterValue> read_default(const Field& field, const ParameterSpec& spec) {
    auto value = read_value(field, spec.type);
    if (!value) return std::nullopt;
    if (const auto misfit = find_misfit(*value, spec)) {
      problems_.add(field, *misfit);
      return std::nullopt;
    }
    return value;
  }

  ProblemList& problems_;
};

}  // namespace

std::string_view word_of(ParameterType type) {
  return kParameterTypeWords[static_cast<std::size_t>(type)];
}

std::map<std::string, ParameterSpec> read_parameter_specs(const Field& manifest,
                                                          ProblemList& problems) {
  std::map<std::string, ParameterSpec> specs;
  const auto parameters = manifest.member("parameters");
  if (!parameters || !problems.expect_object(*parameters)) return specs;
  for (const Field& field : parameters->members()) {
    if (!is_parameter_name(field.name())) {
      problems.add(field, fmt::format("'{}' is not a parameter's name: lower-case letters, digits "
                                      "and '_', at most 63, a letter first",
                                      field.name()));
    }
    specs.emplace(field.name(), ParameterReader(problems).read(field));
  }
  return specs;
}

}  // namespace cemli
