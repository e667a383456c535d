#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

const std::string kTellParameters =
    "echo \"$CEMLI_INSTANCE $CEMLI_PARAM_COUNTRY $CEMLI_PARAM_RATE $CEMLI_PARAM_REGION\" >> "
    "$E/told";

PackageSource l10n() {
  return {"l10n",
          "2.0.1",
          kTellParameters,
          {{"parameters",
            {{"country", {{"type", "string"}, {"pattern", "[A-Z]{2}"}}},
             {"rate", {{"type", "number"}, {"default", 20}, {"min", 0}, {"max", 30}}},
             {"region", {{"type", "string"}, {"enum", {"EMEA", "APAC"}}}}}}}};
}

const std::string kInstances =
    "l10n:\n  version: 2.0.1\n  parameters: {rate: 19.5}\n  instances:\n"
    "    FR: {country: FR}\n    NO: {country: NO, rate: 25, region: APAC}";

TEST_CASE("each instance runs once with its own parameters and has evidence of its own") {
  Sandbox sandbox;
  sandbox.publish({l10n()});
  sandbox.desire(kInstances, "parameters: {region: EMEA}\n");
  CHECK(sandbox.cemli(0, "validate -e dev").out ==
        "environments/dev.yaml is valid: 2 packages desired\n");
  sandbox.cemli(0, "apply -e dev --auto-approve -j 1");
  CHECK(sandbox.effect("told") == std::vector<std::string>{"FR FR 19.5 EMEA", "NO NO 25 APAC"});
  CHECK(sandbox.status_of("l10n[FR]") == "succeeded");
  CHECK(sandbox.evidence_of("l10n[NO]").at("parameters") ==
        nlohmann::json{{"country", "NO"}, {"rate", 25}, {"region", "APAC"}});
  CHECK(sandbox.evidence_of("l10n[FR]").at("parameters").at("rate") == 19.5);
  CHECK_THAT(sandbox.cemli(0, "apply -e dev --auto-approve").out, Contains("No changes"));
}

TEST_CASE("a changed parameter of one instance runs that one alone") {
  Sandbox sandbox;
  sandbox.publish({l10n()});
  sandbox.desire(kInstances, "parameters: {region: EMEA}\n");
  sandbox.cemli(0, "apply -e dev --auto-approve -j 1");
  std::string changed = kInstances;
  changed.replace(changed.find("25"), 2, "24.5");
  sandbox.desire(changed, "parameters: {region: EMEA}\n");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out,
             Contains("l10n[NO]") && Contains("24.5") && !Contains("l10n[FR]"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("told").back() == "NO NO 24.5 APAC");
  CHECK(sandbox.effect("told").size() == 3);
}

TEST_CASE("a dependency on a package waits for all of its instances") {
  Sandbox sandbox;
  sandbox.publish({{"l10n", "1.0.0", "[ \"$CEMLI_INSTANCE\" != DE ]"},
                   {"report", "1.0.0", "echo ran > $E/report", {{"depends_on", {{"l10n", "*"}}}}}});
  sandbox.desire("report: 1.0.0\nl10n: {version: 1.0.0, instances: {FR: {}, DE: {}}}");
  const auto plan = sandbox.json_of("plan -e dev --format json");
  CHECK(plan.at("actions").at(2).at("depends_on") == nlohmann::json{"l10n[DE]", "l10n[FR]"});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK(sandbox.status_of("l10n[FR]") == "succeeded");
  CHECK(sandbox.status_of("l10n[DE]") == "failed");
  CHECK_FALSE(sandbox.has_effect("report"));
}

TEST_CASE("twenty business units are twenty runs") {
  Sandbox sandbox;
  sandbox.publish({{"unit",
                    "1.0.0",
                    "echo $CEMLI_PARAM_CODE >> $E/units",
                    {{"parameters", {{"code", {{"type", "integer"}}}}}}}});
  std::string packages = "unit:\n  version: 1.0.0\n  instances:\n";
  for (int i = 1; i <= 20; ++i)
    packages += "    BU" + std::to_string(i) + ": {code: " + std::to_string(i) + "}\n";
  sandbox.desire(packages);
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("units").size() == 20);
}

TEST_CASE("an instance that is no longer desired is planned for by its own address") {
  Sandbox sandbox;
  sandbox.publish({{"l10n", "1.0.0"}});
  sandbox.desire("l10n: {version: 1.0.0, instances: {FR: {}, DE: {}}}");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("l10n: {version: 1.0.0, instances: {FR: {}}}");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("l10n[DE]"));
}

TEST_CASE("what is wrong with instances and parameters is told at once, each at its place") {
  Sandbox sandbox;
  sandbox.publish({l10n()});
  sandbox.desire(
      "l10n:\n  version: 2.0.1\n  parameters: {rate: 31}\n  instances:\n"
      "    FR: {country: France, region: EMEA}\n    NO: {country: no, regoin: EMEA}");
  const std::string err = sandbox.cemli(1, "plan -e dev").err;
  CHECK_THAT(err, Contains("environments/dev.yaml:6:24: the parameter 'rate' of 'l10n' 2.0.1: 31 "
                           "is more than 30"));
  CHECK_THAT(err, Contains("environments/dev.yaml:8:21: the parameter 'country' of 'l10n' 2.0.1: "
                           "'France' does not match '[A-Z]{2}'"));
  CHECK_THAT(err, Contains("environments/dev.yaml:9:21: ") && Contains("'no' does not match"));
  CHECK_THAT(err, Contains("environments/dev.yaml:9:33: 'l10n' 2.0.1 has no parameter 'regoin'; "
                           "did you mean 'region'?"));
  CHECK_THAT(err, Contains("environments/dev.yaml:9:7: 'l10n' 2.0.1 needs the parameter 'region'"));

  sandbox.desire("l10n: {version: 2.0.1, instances: {}}");
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err, Contains("'instances' names none"));
}

TEST_CASE("a step gets values of every type") {
  Sandbox sandbox;
  sandbox.publish(
      {{"types",
        "1.0.0",
        "echo \"$CEMLI_PARAM_TEXT|$CEMLI_PARAM_FLAG|$CEMLI_PARAM_RATE|$CEMLI_PARAM_ITEMS\""
        " > $E/values; cat $CEMLI_PARAMETERS >> $E/values",
        {{"parameters",
          {{"text", nlohmann::json::object()},
           {"flag", {{"type", "boolean"}}},
           {"rate", {{"type", "number"}}},
           {"items", {{"type", "list"}}}}}}}});
  sandbox.desire(
      "types:\n  version: 1.0.0\n  parameters: {text: 007, flag: true, rate: 1e-7, "
      "items: [a, 1, no]}");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const auto values = sandbox.effect("values");
  REQUIRE(values.size() == 2);
  CHECK(values[0] == R"(007|true|1e-7|["a",1,"no"])");
  CHECK(nlohmann::json::parse(values[1]) ==
        nlohmann::json{{"text", "007"}, {"flag", true}, {"rate", 1e-7}, {"items", {"a", 1, "no"}}});
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a secret that the environment does not have is an error of the file") {
  Sandbox sandbox;
  sandbox.publish(
      {{"one", "1.0.0", ":", {{"secrets", {"ERP_PASSWORD"}}}},
       {"two", "1.0.0", ":", {{"secrets", {"ERP_PASSWORD"}}, {"rerun_on", {"secrets"}}}}});
  sandbox.desire("one: 1.0.0");
  CHECK_THAT(sandbox.cemli(1, "validate -e dev").err,
             Contains("environments/dev.yaml:4:3: 'one' 1.0.0 needs the secret 'ERP_PASSWORD'"));
  sandbox.desire("two: 1.0.0", "secrets: {ERP_PASSWORD: 'env:P'}\n");
  CHECK_THAT(sandbox.cemli(1, "validate -e dev").err,
             Contains("'rerun_on'") && Contains("env: has no versions"));
}

}  // namespace
}  // namespace cemli::test
