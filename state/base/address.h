#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// Whether `text` is a package or environment name: `[a-z0-9][a-z0-9-]{0,62}`.
[[nodiscard]] bool is_name(std::string_view text);
/// Whether `text` is an instance: `[A-Za-z0-9_-]{1,32}`.
[[nodiscard]] bool is_instance(std::string_view text);
/// Whether `text` is a parameter's name: `[a-z][a-z0-9_]{0,62}`.
[[nodiscard]] bool is_parameter_name(std::string_view text);

/// One use of a package in an environment, `NAME` or `NAME[INSTANCE]`: what the plan, the log and
/// the commands name. Cannot hold a bad value.
class Address {
 public:
  /// Reads `NAME` or `NAME[INSTANCE]`; `invalid_input` says what is allowed.
  [[nodiscard]] static Result<Address> parse(std::string_view text);
  /// From its parts; `invalid_input` as with `parse`.
  [[nodiscard]] static Result<Address> make(std::string_view name,
                                            std::optional<std::string> instance);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::optional<std::string>& instance() const { return instance_; }
  /// `NAME` or `NAME[INSTANCE]`.
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const Address&, const Address&) = default;
  friend bool operator==(const Address&, const Address&) = default;

 private:
  Address(std::string name, std::optional<std::string> instance);

  std::string name_;
  std::optional<std::string> instance_;
};

}  // namespace cemli
