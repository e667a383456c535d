#include "reconciler/package/rule_packs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cemli {
namespace {

std::map<std::string, std::string> patterns_of(const nlohmann::json& pack, const char* group) {
  return pack.at(group).get<std::map<std::string, std::string>>();
}

}  // namespace

RulePack read_rule_pack(std::string_view text) {
  const nlohmann::json pack = nlohmann::json::parse(text);
  return {patterns_of(pack, "fail"), patterns_of(pack, "allow"), patterns_of(pack, "warn"),
          patterns_of(pack, "must_see")};
}

const std::map<std::string, RulePack>& rule_packs() {
  static const std::map<std::string, RulePack> packs{{"oracle", read_rule_pack(kOracleRules)}};
  return packs;
}

std::vector<std::string> rule_words() {
  std::vector<std::string> words;
  for (const auto& [name, pack] : rule_packs()) {
    words.push_back(name);
    for (const auto& tool : pack.must_see) words.push_back(name + ":" + tool.first);
  }
  std::sort(words.begin(), words.end());
  return words;
}

}  // namespace cemli
