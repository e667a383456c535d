#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/error.h"

namespace cemli {

/// A value within a JSON document, and where it stands. The document must outlive it.
class Field {
 public:
  /// A whole document.
  explicit Field(const nlohmann::json& document) : value_(&document) {}

  [[nodiscard]] const nlohmann::json& value() const { return *value_; }
  /// RFC 6901, empty for the document itself.
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  /// The key under which it stands, unescaped.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The member `key` of this object, if it has one.
  [[nodiscard]] std::optional<Field> member(std::string_view key) const;
  /// All members of this object, by key.
  [[nodiscard]] std::vector<Field> members() const;
  /// All items of this array.
  [[nodiscard]] std::vector<Field> items() const;

 private:
  Field(const nlohmann::json& value, const Field& parent, std::string name);

  const nlohmann::json* value_;
  std::string pointer_;
  std::string name_;
};

/// Collects all that is wrong with a JSON file that a person wrote. Each reader adds a problem and
/// returns nothing where the value is not what it should be.
class ProblemList {
 public:
  explicit ProblemList(std::string_view file) : file_(file) {}

  void add(const Field& where, std::string what);
  /// Members beside the `known` ones are problems.
  void check_keys(const Field& object, const std::vector<std::string_view>& known);

  [[nodiscard]] std::optional<Field> required(const Field& object, std::string_view key);
  bool expect_object(const Field& field);
  bool expect_array(const Field& field);
  [[nodiscard]] std::optional<bool> boolean(const Field& field);
  [[nodiscard]] std::optional<std::int64_t> integer(const Field& field);
  /// Text to be shown: line breaks and tabs, no other control characters.
  [[nodiscard]] std::optional<std::string> text(const Field& field);
  /// As `text`, on one line.
  [[nodiscard]] std::optional<std::string> line(const Field& field);
  /// What a program can be given: anything but NUL.
  [[nodiscard]] std::optional<std::string> argument(const Field& field);

  [[nodiscard]] bool empty() const { return problems_.empty(); }
  [[nodiscard]] const std::string& file() const { return file_; }
  /// All problems as one error; there is at least one.
  [[nodiscard]] Error error() const { return error_of(problems_); }

 private:
  [[nodiscard]] std::optional<std::string> string_without(const Field& field,
                                                          std::string_view allowed_controls);

  std::string file_;
  std::vector<Problem> problems_;
};

}  // namespace cemli
