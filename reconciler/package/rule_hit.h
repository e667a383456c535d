#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cemli {

/// A success rule that a program's output met, or failed to meet.
struct RuleHit {
  enum class Kind {
    fail,     ///< the line says that the program has failed
    warn,     ///< the line is worth a look
    missing,  ///< no line matched what must be seen
  };
  Kind kind = Kind::fail;
  /// `oracle/sp2` for a rule of a pack, else the pattern as the manifest has it.
  std::string rule;
  /// `stdout`, `stderr`, or the path of a log file; empty where something is missing.
  std::string file = {};
  /// Counted from 1; 0 where it is about no line.
  std::uint64_t line = 0;
  /// The line, or its first part.
  std::string text = {};
  friend bool operator==(const RuleHit&, const RuleHit&) = default;
};

/// What the rules found in all that a program left.
struct RuleFindings {
  /// In the order they were found; what is missing comes last.
  std::vector<RuleHit> hits = {};
  /// How many more there were.
  std::uint64_t more = 0;

  /// The first hit that says that the program has failed; null where none does.
  [[nodiscard]] const RuleHit* failure() const;
  friend bool operator==(const RuleFindings&, const RuleFindings&) = default;
};

[[nodiscard]] std::string_view word_of(RuleHit::Kind kind);
/// One line for people: `stdout:17: 'ORA-00942: …' (oracle/ora)`.
[[nodiscard]] std::string describe(const RuleHit& hit);

}  // namespace cemli
