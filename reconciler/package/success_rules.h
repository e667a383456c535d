#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/package/rule_hit.h"
#include "reconciler/package/step_spec.h"
#include "state/base/result.h"

namespace cemli {

/// A longer line is judged by its first part.
inline constexpr std::size_t kLongestJudgedLine = 64UL * 1024;
/// How many hits of one kind are kept of a program; the others are counted.
inline constexpr std::size_t kMostRuleHits = 50;

/// Why `pattern` cannot be used as a success rule; nothing where it can.
[[nodiscard]] std::optional<std::string> problem_of_pattern(const std::string& pattern);

/// The rules of one program, compiled. Values of this type are never changed, and may be shared.
class SuccessRules {
 public:
  /// Nothing where the program has no rules but its exit codes. The patterns and packs were checked
  /// when the manifest was read (`internal` otherwise).
  [[nodiscard]] static Result<std::shared_ptr<const SuccessRules>> compile(
      const SuccessSpec& success);
  ~SuccessRules();

  struct Group;
  struct Pattern;
  /// One for each pack, and the program's own.
  [[nodiscard]] const std::vector<std::shared_ptr<const Group>>& groups() const { return groups_; }
  [[nodiscard]] const std::vector<Pattern>& must_see() const { return must_see_; }

 private:
  SuccessRules();

  std::vector<std::shared_ptr<const Group>> groups_;
  std::vector<Pattern> must_see_;
};

/// Judges what a program prints and writes while it is read, line by line, so that nothing of it
/// has to be kept.
class OutputJudge {
 public:
  /// Without rules it finds nothing.
  explicit OutputJudge(std::shared_ptr<const SuccessRules> rules);

  /// More of `stdout`, `stderr` or a log file, in any pieces.
  void add(const std::string& file, std::string_view bytes);
  /// The file's next line is this one; lines count from 1 otherwise.
  void begin_at(const std::string& file, std::uint64_t line);
  /// Something that is wrong with a file itself.
  void report(RuleHit hit);
  /// All was added. Call once.
  [[nodiscard]] RuleFindings finish();

 private:
  struct Line {
    std::uint64_t number = 1;
    std::string text = {};
    bool is_cut = false;
  };
  void extend(Line& line, std::string_view part);
  void end_line(const std::string& file, Line& line);
  void judge(const std::string& file, const Line& line);
  void keep(RuleHit hit);

  std::shared_ptr<const SuccessRules> rules_;
  /// The line of each file that is not complete yet.
  std::map<std::string, Line> lines_;
  std::vector<bool> seen_;
  std::map<RuleHit::Kind, std::size_t> kept_;
  RuleFindings findings_;
};

}  // namespace cemli
