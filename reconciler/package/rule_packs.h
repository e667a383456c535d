#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cemli {

/// What `rules/oracle.json` holds, compiled in.
extern const char* const kOracleRules;

/// Patterns that know the output of certain tools, by the names they are quoted with.
struct RulePack {
  std::map<std::string, std::string> fail;
  std::map<std::string, std::string> allow;
  std::map<std::string, std::string> warn;
  /// By tool: the line without which it has not succeeded.
  std::map<std::string, std::string> must_see;
};

/// Reads a pack that is part of this program.
[[nodiscard]] RulePack read_rule_pack(std::string_view text);

/// All packs by name, read once.
[[nodiscard]] const std::map<std::string, RulePack>& rule_packs();

/// Every word that may stand under `rules` in a manifest: `oracle`, `oracle:fndload`, …, sorted.
[[nodiscard]] std::vector<std::string> rule_words();

}  // namespace cemli
