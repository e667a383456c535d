#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/execute/masking.h"
#include "reconciler/package/success_rules.h"
#include "state/base/digest.h"

namespace cemli {

/// How much of its log files is judged of one program; with more it has failed.
inline constexpr std::uint64_t kMostLogBytes = 256UL * 1024 * 1024;

/// The log files that a program names, from before it started to its end.
class StepLogs {
 public:
  /// Remembers what the files in `folder` that `patterns` name are like now. Looks at nothing where
  /// there are no patterns.
  StepLogs(std::filesystem::path folder, std::vector<std::string> patterns);

  /// Judges, with secrets masked, what was written since: all of a new or rewritten file, and of
  /// one that only grew what was added. A name that is no regular file, or more than can be judged,
  /// is a failure; a pattern that names nothing is a warning.
  void judge_changes(OutputJudge& judge, const Masks& masks) const;

 private:
  struct Before {
    std::uint64_t size = 0;
    Digest digest;
    /// Where the last line begins, and its number.
    std::uint64_t last_line_at = 0;
    std::uint64_t last_line = 1;
    std::timespec changed{};
  };
  [[nodiscard]] std::vector<std::string> find() const;
  [[nodiscard]] bool is_named(const std::string& path, const std::string& pattern) const;
  void judge_file(const std::string& path, std::uint64_t& budget, OutputJudge& judge,
                  const Masks& masks) const;

  std::filesystem::path folder_;
  std::vector<std::string> patterns_;
  std::map<std::string, Before> before_;
};

}  // namespace cemli
