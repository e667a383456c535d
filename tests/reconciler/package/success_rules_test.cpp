#include "reconciler/package/success_rules.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reconciler/package/rule_packs.h"
#include "state/base/file.h"

namespace cemli {
namespace {

using Kind = RuleHit::Kind;

OutputJudge judge_of(const SuccessSpec& success) {
  auto rules = SuccessRules::compile(success);
  if (!rules) FAIL(rules.error().message());
  return OutputJudge(*std::move(rules));
}

RuleFindings judged(const SuccessSpec& success, std::string_view output) {
  OutputJudge judge = judge_of(success);
  judge.add("stdout", output);
  return judge.finish();
}

bool fails(const SuccessSpec& success, std::string_view output) {
  return judged(success, output).failure() != nullptr;
}

}  // namespace

TEST_CASE("the oracle rules know what its tools print") {
  auto text = read_file(CEMLI_ORACLE_OUTPUT);
  REQUIRE(text);
  const auto cases = nlohmann::json::parse(*text);
  REQUIRE(cases.size() >= 60);
  for (const auto& sample : cases) {
    const auto output = sample.at("output").get<std::string>();
    const auto means = sample.at("means").get<std::string>();
    INFO(sample.at("tool").get<std::string>() << ": " << output);
    SuccessSpec success{.rules = {"oracle"}};
    if (sample.contains("allow"))
      success.allow = sample.at("allow").get<std::vector<std::string>>();
    if (means == "proves") {
      success.rules = {"oracle:" + sample.at("set").get<std::string>()};
      CHECK_FALSE(fails(success, output));
      CHECK(fails(success, "something else"));
      continue;
    }
    const RuleFindings findings = judged(success, output);
    CHECK((findings.failure() != nullptr) == (means == "fails"));
    if (means == "warns") CHECK_FALSE(findings.hits.empty());
    if (means == "harmless") CHECK(findings.hits.empty());
  }
}

TEST_CASE("every pattern of a pack is one, and every tool has its line") {
  for (const auto& [name, pack] : rule_packs()) {
    for (const auto* group : {&pack.fail, &pack.allow, &pack.warn, &pack.must_see}) {
      CHECK_FALSE(group->empty());
      for (const auto& [rule, pattern] : *group) {
        INFO(rule);
        CHECK_FALSE(problem_of_pattern(pattern));
      }
    }
  }
}

TEST_CASE("a failing line is quoted with its file and number") {
  OutputJudge judge = judge_of({.rules = {"oracle"}});
  judge.add("stdout", "Connected.\nERROR at line 1:\nORA-009");
  judge.add("load.log", "ORA-01653: unable to extend\r\n");
  judge.add("stdout", "42: table or view does not exist\nSQL> ");
  const RuleFindings findings = judge.finish();
  REQUIRE(findings.hits.size() == 2);
  CHECK(findings.hits[0] ==
        RuleHit{Kind::fail, "oracle/ora", "load.log", 1, "ORA-01653: unable to extend"});
  CHECK(findings.hits[1] ==
        RuleHit{Kind::fail, "oracle/ora", "stdout", 3, "ORA-00942: table or view does not exist"});
  CHECK(describe(findings.hits[1]) ==
        "stdout:3: 'ORA-00942: table or view does not exist' (oracle/ora)");
}

TEST_CASE("allow excuses what was hit, not the whole line") {
  const SuccessSpec success{.fail = {"^ORA-\\d+"}, .allow = {"ORA-00955"}};
  CHECK_FALSE(fails(success, "ORA-00955: name is already used"));
  CHECK(fails(success, "ORA-39342: failed due to ORA-00955: name is already used"));
}

TEST_CASE("each hit of a pattern needs its excuse") {
  const SuccessSpec success{.fail = {"ORA-\\d+"}, .allow = {"ORA-00955"}};
  CHECK_FALSE(fails(success, "ORA-00955 and again ORA-00955"));
  CHECK(fails(success, "ORA-00955 and then ORA-00942"));
}

TEST_CASE("an allowed line may be named by more than what was hit") {
  const SuccessSpec success{.fail = {"^ERROR"}, .allow = {"^ERROR: nothing to do$"}};
  CHECK_FALSE(fails(success, "ERROR: nothing to do"));
  CHECK(fails(success, "ERROR: nothing to do here"));
}

TEST_CASE("warnings are shown and fail nothing") {
  const RuleFindings findings = judged({.warn = {"deprecated"}}, "x is deprecated\n");
  CHECK(findings.failure() == nullptr);
  CHECK(findings.hits ==
        std::vector<RuleHit>{{Kind::warn, "deprecated", "stdout", 1, "x is deprecated"}});
}

TEST_CASE("without the line that must be seen nothing has succeeded") {
  const SuccessSpec success{.must_see = {"^done$", "^loaded \\d+"}};
  CHECK_FALSE(fails(success, "loaded 3 rows\ndone"));
  const RuleFindings findings = judged(success, "done\nloaded no rows\n");
  REQUIRE(findings.failure() != nullptr);
  CHECK(describe(*findings.failure()) == "no line shows success (^loaded \\d+)");
}

TEST_CASE("lines are bytes, in whichever encoding") {
  CHECK(fails({.fail = {"^Fehler .* Tabelle"}}, "Fehler f\xfcr Tabelle"));
  CHECK(fails({.fail = {"für"}}, "Fehler für Tabelle"));
}

TEST_CASE("a very long line is judged by its beginning, and that is said") {
  const std::string filler(kLongestJudgedLine, 'x');
  const RuleFindings findings = judged({.fail = {"ORA-"}}, "a\n" + filler + "ORA-00942\nORA-01\n");
  REQUIRE(findings.hits.size() == 2);
  CHECK(findings.hits[0].kind == Kind::warn);
  CHECK(findings.hits[0].rule == "cemli/long-line");
  CHECK(findings.hits[0].line == 2);
  CHECK(findings.hits[1] == RuleHit{Kind::fail, "ORA-", "stdout", 3, "ORA-01"});
}

TEST_CASE("of many hits some are kept and all are counted") {
  std::string output;
  for (int i = 0; i < 80; ++i) output += "ORA-00001: no\n";
  const RuleFindings findings = judged({.rules = {"oracle"}}, output);
  CHECK(findings.hits.size() == kMostRuleHits);
  CHECK(findings.more == 80 - kMostRuleHits);
}

TEST_CASE("without rules there is nothing to find") {
  auto rules = SuccessRules::compile({});
  REQUIRE(rules);
  CHECK(*rules == nullptr);
  CHECK_FALSE(fails({}, "ORA-00942: no\n"));
}

}  // namespace cemli
