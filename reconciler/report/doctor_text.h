#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/report/terminal.h"

namespace cemli {

/// How one thing that was looked at is.
enum class Health {
  good,
  note,  ///< not as it might be, and nothing that is asked for fails by it
  wrong,
  untried,  ///< something before it is wrong, or nobody needs it
};
/// `ok`, `note`, `wrong`, `untried`.
[[nodiscard]] std::string_view word_of(Health health);

/// One thing that was looked at. Holds no secrets.
struct Check {
  /// What it belongs to: `program`, `state store`; those of one subject stand together.
  std::string subject;
  std::string name;
  Health health = Health::good;
  /// What was found; of several lines the first stands beside the name.
  std::string says = {};
  /// What to do about it.
  std::optional<std::string> hint = std::nullopt;
  /// What else is known, by name.
  std::vector<std::pair<std::string, std::string>> facts = {};
  friend bool operator==(const Check&, const Check&) = default;
};

/// What `cemli doctor` found.
struct Diagnosis {
  /// Absent where no environment was named.
  std::optional<std::string> environment = std::nullopt;
  std::vector<Check> checks = {};

  [[nodiscard]] bool is_well() const;
  friend bool operator==(const Diagnosis&, const Diagnosis&) = default;
};

[[nodiscard]] std::string doctor_text(const Diagnosis& diagnosis, const TextStyle& style);
/// `{format, environment, ok, checks: [{subject, check, state, text, hint, facts}]}`, with a final
/// line break.
[[nodiscard]] std::string doctor_json(const Diagnosis& diagnosis);

}  // namespace cemli
