#include "reconciler/package/manifest.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/support/golden.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSmallest = R"({"name": "a", "version": "1.0.0", "type": "extension"})";

/// `count` texts apart by commas, each made of its number.
template <typename Text>
std::string list_of(int count, Text text) {
  std::string list;
  for (int i = 0; i < count; ++i) list += (i > 0 ? "," : "") + text(std::to_string(i));
  return list;
}

/// The smallest manifest with more members.
std::string with(const std::string& members) {
  return R"({"name": "a", "version": "1.0.0", "type": "extension", )" + members + "}";
}

Manifest parsed(const std::string& text) {
  auto manifest = parse_manifest(text, "m.json");
  if (!manifest) FAIL(manifest.error().message());
  return *std::move(manifest);
}

std::string refusal_of(const std::string& text) {
  const auto manifest = parse_manifest(text, "m.json");
  INFO(text);
  REQUIRE_FALSE(manifest);
  CHECK(manifest.error().code() == ErrorCode::invalid_input);
  return manifest.error().message();
}

}  // namespace

TEST_CASE("a manifest says all that it may say") {
  const Manifest manifest = parsed(R"({
    "format": 1,
    "name": "gl-approval-config", "version": "1.4.2", "type": "configuration",
    "description": "Approval limits\nfor the general ledger",
    "owner": "finance-platform", "change_ticket": "CHG0012345",
    "depends_on": {"gl-base": ">=1.2.0 <2.0.0"},
    "parameters": {
      "limit": {"type": "integer", "default": 5000, "description": "in euro"},
      "region": {"type": "string"},
      "template": {"default": "A4"}
    },
    "locks": ["orders", "ledger"],
    "steps": {
      "post_check": {"program": "sqlite3", "args": ["-batch", ""]},
      "run": {"program": "steps/run.sh", "timeout": "10m", "grace": "500ms",
              "success": {"exit_codes": [0, 3]}}
    },
    "idempotent": true, "resume": "restart", "reversible": "compensating",
    "tags": {"CostCenter": "4711", "anything": [1, null, {"x": 1.5}]}
  })");
  CHECK(manifest.name == "gl-approval-config");
  CHECK(manifest.version.text() == "1.4.2");
  CHECK(manifest.type == PackageType::configuration);
  CHECK(manifest.description == "Approval limits\nfor the general ledger");
  CHECK(manifest.owner == "finance-platform");
  CHECK(manifest.change_ticket == "CHG0012345");
  REQUIRE(manifest.depends_on.size() == 1);
  CHECK(manifest.depends_on.at("gl-base").text() == ">=1.2.0 <2.0.0");
  CHECK(manifest.parameters.at("limit") ==
        ParameterSpec{ParameterType::integer, std::int64_t{5000}, "in euro"});
  CHECK(manifest.parameters.at("region") == ParameterSpec{ParameterType::string, {}, ""});
  CHECK(manifest.parameters.at("template") == ParameterSpec{ParameterType::string, "A4", ""});
  CHECK(manifest.locks == std::vector<std::string>{"ledger", "orders"});
  CHECK(manifest.steps ==
        std::vector<StepSpec>{StepSpec{"run", "steps/run.sh", {}, 10min, 500ms, {{0, 3}}},
                              StepSpec{"post_check", "sqlite3", {"-batch", ""}}});
  CHECK(manifest.idempotent);
  CHECK(manifest.reversible == Reversible::compensating);
}

TEST_CASE("only name, version and type are required") {
  const Manifest manifest = parsed(kSmallest);
  CHECK(manifest.steps.empty());
  CHECK_FALSE(manifest.idempotent);
  CHECK(manifest.reversible == Reversible::no);
  CHECK(manifest.document == R"({"name":"a","type":"extension","version":"1.0.0"})");
  CHECK(refusal_of("{}") ==
        "m.json: 'name' is missing\nm.json: 'version' is missing\nm.json: 'type' is missing");
}

TEST_CASE("all problems of a manifest are told at once") {
  test::check_golden("manifest_problems.txt", refusal_of(R"({
    "name": "GL Base", "verion": "1.0", "version": "1.0", "type": "Configuration",
    "owner": 7, "change_ticket": "CHG\n1",
    "depends_on": {"gl-base": "latest", "l10n[FR]": "*", "ok": 1},
    "parameters": {"Limit": {}, "a": {"type": "integer", "default": "5"}, "b": {"type": "text"},
                   "c": {"defualt": 1}, "d": {"type": "boolean", "min": 1}, "e": {"min": "1"}, "f~/g": 1},
    "secrets": ["X", "-"], "rerun_on": ["moon"], "environments": [],
    "locks": ["a", "a", ""],
    "steps": {"pre_check": "steps/x.sh", "run": {"progam": "x", "timeout": "10", "retries": 2},
              "post_check": {"program": "../x", "args": [1],
                             "success": {"exit_codes": [256, "0"], "rules": ["oracle"]}},
              "check": {}, "roll_back": {}},
    "idempotent": "yes", "resume": "later", "reversible": "maybe", "tags": []
  })"));
}

TEST_CASE(
    "an attempt resumes at its first step, unless the manifest says at the program that failed") {
  CHECK(parsed(with(R"("idempotent": true)")).resume == Resume::restart);
  CHECK(parsed(with(R"("resume": "step")")).resume == Resume::step);
}

TEST_CASE("a newer format is refused, and nothing else is judged") {
  CHECK(refusal_of(R"({"format": 2, "unknown": 1})") ==
        "m.json: /format: format 2 is newer than this version of cemli reads, 1");
  CHECK(refusal_of(with(R"("format": 0)")) == "m.json: /format: format 0 does not exist");
  CHECK(refusal_of(with(R"("format": "1")")) ==
        "m.json: /format: expected a whole number, found string");
}

TEST_CASE("what is not JSON is named by its position") {
  CHECK(refusal_of("").starts_with("m.json:1:1: syntax error"));
  CHECK(refusal_of("{\n  \"name\": }").starts_with("m.json:2:11: "));
  CHECK(refusal_of(R"({"name": "a", "name": "b"})") ==
        "m.json: /name: the key 'name' stands there twice");
  CHECK(refusal_of("\"\xff\"") == "m.json: not UTF-8");
  CHECK(refusal_of("[]") == "m.json: expected an object, found array");
  CHECK(refusal_of("\"" + std::string(1024 * 1024, 'x') + "\"") == "m.json: larger than 1 MiB");
}

TEST_CASE("a package does not depend on itself") {
  CHECK(refusal_of(with(R"("depends_on": {"a": "*"})")) ==
        "m.json: /depends_on/a: the package depends on itself");
}

TEST_CASE("programs are paths in the package or names on PATH") {
  for (const char* program : {"steps/run.sh", "bin/a/b", "sqlite3", "..", "run me"})
    CHECK(parsed(with(R"("steps": {"run": {"program": ")" + std::string(program) + R"("}})"))
              .steps[0]
              .program == program);
  for (const char* program :
       {"/bin/sh", "../x", "a/../b", "./run.sh", "a//b", "a/", "/", "", "a\\u0000b", "a\\nb"})
    refusal_of(with(R"("steps": {"run": {"program": ")" + std::string(program) + R"("}})"));
  refusal_of(with(R"("steps": {"run": {"program": "x", "args": ["a\u0000b"]}})"));
}

TEST_CASE("integer defaults are whole numbers of 64 bits") {
  CHECK(parsed(with(R"("parameters": {"p": {"type": "integer", "default": -9223372036854775808}})"))
            .parameters.at("p")
            .default_value == ParameterValue(std::int64_t{-9223372036854775807 - 1}));
  for (const char* value : {"9223372036854775808", "1.5", "true", "\"1\"", "null"})
    refusal_of(
        with(R"("parameters": {"p": {"type": "integer", "default": )" + std::string(value) + "}}"));
}

TEST_CASE("parameters have a type and limits") {
  const Manifest manifest = parsed(with(R"("parameters": {
    "rate": {"type": "number", "default": 0.5, "min": 0, "max": 99.5},
    "level": {"type": "integer", "enum": [1, 2], "default": 2},
    "strict": {"type": "boolean", "default": false},
    "codes": {"type": "list", "default": ["FR", "DE"], "pattern": "[A-Z]{2}", "min": 1},
    "paper": {"enum": ["A4", "Letter"], "default": "A4", "max": 6}})"));
  using List = std::vector<ScalarValue>;
  CHECK(manifest.parameters.at("rate") ==
        ParameterSpec{ParameterType::number, 0.5, "", {}, std::nullopt, std::int64_t{0}, 99.5});
  CHECK(manifest.parameters.at("level").allowed ==
        std::vector<ParameterValue>{std::int64_t{1}, std::int64_t{2}});
  CHECK(manifest.parameters.at("strict").default_value == ParameterValue(false));
  CHECK(manifest.parameters.at("codes").default_value == ParameterValue(List{"FR", "DE"}));
  CHECK(manifest.parameters.at("paper").max == Limit(std::int64_t{6}));
}

TEST_CASE("a declaration that no value could meet is refused") {
  const std::map<std::string, std::string> cases{
      {R"({"type": "number", "default": "1"})", "/default: expected a number"},
      {R"({"type": "boolean", "default": "true"})", "/default: expected a boolean"},
      {R"({"type": "list", "default": [[1]]})",
       "/default: expected a list of strings, numbers and booleans"},
      {R"({"type": "number", "default": 1e300})", "/default: expected a number"},
      {R"({"enum": []})", "/enum: nothing fits: 'enum' is empty"},
      {R"({"enum": ["a", 1]})", "/enum/1: expected a string, found number"},
      {R"({"type": "list", "enum": [["a"]]})",
       "/enum/0: expected a string, a number or a boolean, as in the list's items"},
      {R"({"enum": ["a"], "default": "b"})", "/default: 'b' is none of 'a'"},
      {R"({"pattern": "(", "default": "b"})", "/pattern: '(' is not a pattern: missing ): ("},
      {R"({"pattern": "a+", "default": "aab"})", "/default: 'aab' does not match 'a+'"},
      {R"({"type": "integer", "pattern": "1"})", "/pattern: an integer has no pattern"},
      {R"({"type": "boolean", "min": 1})", "/min: a boolean has no 'min'"},
      {R"({"type": "integer", "min": 0.5})", "/min: expected a whole number"},
      {R"({"min": -1})", "/min: a length is not negative"},
      {R"({"min": 2, "max": 1})", ": nothing fits: 'min' is more than 'max'"},
      {R"({"type": "integer", "min": 2, "default": 1})", "/default: 1 is less than 2"},
      {R"({"min": 3, "default": "éé"})",
       "/default: the number of characters of 'éé', 2, is less than 3"},
      {R"({"type": "list", "max": 1, "default": [1, 2]})",
       "/default: the number of items, 2, is more than 1"},
      {R"({"type": "list", "pattern": "[A-Z]+", "default": ["A", "b"]})",
       "/default: 'b' does not match '[A-Z]+'"}};
  for (const auto& [declaration, problem] : cases)
    CHECK(refusal_of(with(R"("parameters": {"p": )" + declaration + "}")) ==
          "m.json: /parameters/p" + problem);
}

TEST_CASE("environments, secrets and what a package is run again on are lists of names") {
  const Manifest manifest = parsed(with(
      R"("environments": ["test", "dev"], "secrets": ["ERP_PASSWORD", "API"], "rerun_on": ["secrets"])"));
  CHECK(manifest.environments == std::vector<std::string>{"dev", "test"});
  CHECK(manifest.secrets == std::vector<std::string>{"API", "ERP_PASSWORD"});
  CHECK(manifest.rerun_on == std::vector<std::string>{"secrets"});
  CHECK(refusal_of(
            with(R"("environments": [], "secrets": ["a b", "A", "A"], "rerun_on": ["sun"])")) ==
        "m.json: /environments: without an environment it could be desired nowhere\n"
        "m.json: /secrets/0: 'a b' is not a secret's name: letters, digits and '_', at most 63, a "
        "letter first\n"
        "m.json: /secrets/2: 'A' stands there twice\n"
        "m.json: /rerun_on/0: 'sun' is not something to run again on: secrets");
}

TEST_CASE("steps are found by their place and run in their order") {
  Manifest manifest = parsed(with(R"("steps": {"run": {"program": "bin/x", "timeout": "1m"}})"));
  REQUIRE(complete_steps(
      manifest, {"bin/x", "steps/post_check.sh", "steps/pre_check.sh", "steps/run.sh"}, "m.json"));
  REQUIRE(manifest.steps.size() == 3);
  CHECK(manifest.steps[0] == StepSpec{"pre_check", "steps/pre_check.sh"});
  CHECK(manifest.steps[1] == StepSpec{"run", "bin/x", {}, 1min});
  CHECK(manifest.steps[2] == StepSpec{"post_check", "steps/post_check.sh"});
}

TEST_CASE("steps that cannot run are refused") {
  const auto complete = [](const std::string& members, const std::vector<std::string>& paths) {
    Manifest manifest = members.empty() ? parsed(kSmallest) : parsed(with(members));
    const auto completed = complete_steps(manifest, paths, "m.json");
    return completed ? std::string() : completed.error().message();
  };
  CHECK(complete("", {"steps/run.sh"}) == "");
  CHECK(complete(R"("steps": {"run": {"program": "true"}})", {}) == "");
  CHECK(complete("", {"steps/post_check.sh", "run.sh"}) ==
        "m.json: nothing to run: there is neither 'steps/run.sh' nor a step 'run' in the manifest");
  CHECK(complete(R"("steps": {"run": {"program": "steps/rum.sh"}})", {"steps/run.sh"}) ==
        "m.json: /steps/run/program: 'steps/rum.sh' is not in the package; did you mean "
        "'steps/run.sh'?");
  for (const char* step : {"check", "dry_run"}) {
    Manifest manifest = parsed(with(R"("idempotent": true)"));
    CHECK_FALSE(has_step(manifest, step));
    REQUIRE(complete_steps(manifest, {"steps/run.sh", "steps/" + std::string(step) + ".sh"}, "m"));
    CHECK(has_step(manifest, step));
  }
}

TEST_CASE("a step may be a list of programs with names, each tried as often as it says") {
  Manifest manifest = parsed(with(R"("steps": {
    "run": [{"name": "load", "program": "steps/load.sh", "retries": 2, "backoff": "1s"},
            {"name": "index", "program": "steps/index.sh"}],
    "rollback": {"program": "sqlplus"}})"));
  REQUIRE(complete_steps(manifest, {"steps/index.sh", "steps/load.sh", "steps/uninstall.sh"}, "m"));
  std::vector<std::string> labels;
  for (const StepSpec& step : manifest.steps) labels.push_back(step.label());
  CHECK(labels == std::vector<std::string>{"run/load", "run/index", "rollback", "uninstall"});
  CHECK(manifest.steps[0].retries == 2);
  CHECK(manifest.steps[0].backoff == 1s);
  CHECK(manifest.steps[1].retries == 0);
  CHECK(manifest.steps[1].backoff == 5s);
  const auto completed = complete_steps(manifest, {"steps/load.sh"}, "m");
  REQUIRE_FALSE(completed);
  CHECK_THAT(completed.error().message(),
             Catch::Contains("m: /steps/run/1/program: 'steps/index.sh' is not in the package"));
}

TEST_CASE("all problems of a list of programs are told") {
  CHECK(refusal_of(with(R"("steps": {"pre_check": [], "run": [
          {"name": "a", "program": "x", "retries": 101}, {"name": "a", "program": "y"},
          {"program": "z"}, {"name": "B c", "program": "x", "backoff": "1"}],
          "post_check": {"name": "p", "program": "x"}})")) ==
        "m.json: /steps/pre_check: a list of programs needs a program\n"
        "m.json: /steps/run/0/retries: 101 is not a number of retries, 0 to 100\n"
        "m.json: /steps/run/1/name: the name 'a' stands there twice\n"
        "m.json: /steps/run/2: 'name' is missing\n"
        "m.json: /steps/run/3/backoff: '1' is not a duration: expected a whole number and ms, s, "
        "m, h or d\n"
        "m.json: /steps/run/3/name: 'B c' is not a program's name: lower-case letters, digits and "
        "'-', at most 63, not '-' first\n"
        "m.json: /steps/post_check/name: unknown key 'name'");
}

TEST_CASE("success rules are compiled when the manifest is read") {
  const auto success = [](const std::string& members) {
    return with(R"("steps": {"run": {"program": "x", "success": {)" + members + "}}}");
  };
  const Manifest manifest = parsed(success(R"("rules": ["oracle:fndload"], "fail": ["^FATAL"],
      "allow": ["ORA-00955"], "warn": ["slow"], "must_see": ["done"], "logs": ["L*.log", "log/?"])"));
  CHECK(manifest.steps.at(0).success == SuccessSpec{{0},
                                                    {"oracle:fndload"},
                                                    {"^FATAL"},
                                                    {"ORA-00955"},
                                                    {"slow"},
                                                    {"done"},
                                                    {"L*.log", "log/?"}});
  CHECK(refusal_of(success(R"("rules": ["orcale"], "fail": ["("], "must_see": ["x*"])")) ==
        "m.json: /steps/run/success/rules/0: there are no rules 'orcale'; did you mean 'oracle'?\n"
        "m.json: /steps/run/success/fail/0: '(' is not a pattern: missing ): (\n"
        "m.json: /steps/run/success/must_see/0: 'x*' matches every line, even an empty one");
  CHECK(refusal_of(success(R"("fail": ["x"], "logs": ["../x.log", "/tmp/x.log"])")) ==
        "m.json: /steps/run/success/logs/0: '../x.log' is not a path in the working directory, "
        "such as '*.log'\n"
        "m.json: /steps/run/success/logs/1: '/tmp/x.log' is not a path in the working directory, "
        "such as '*.log'");
  CHECK(refusal_of(success(R"("logs": ["x.log"])")) ==
        "m.json: /steps/run/success/logs: logs are read for nothing: there are no rules, fail, "
        "warn or must_see");
}

TEST_CASE("a manifest with as much of one kind as its size allows is read in time") {
  const auto quoted = [](const std::string& n) { return "\"n" + n + "\""; };
  CHECK(parsed(with("\"locks\": [" + list_of(60'000, quoted) + "]")).locks.size() == 60'000);
  CHECK(parsed(with("\"secrets\": [" + list_of(60'000, quoted) + "]")).secrets.size() == 60'000);
  const auto number = [](const std::string& n) { return n; };
  const auto last = [](const std::string&) { return std::string("59999"); };
  const Manifest listed =
      parsed(with(R"("parameters": {"p": {"type": "list", "enum": [)" + list_of(60'000, number) +
                  R"(], "default": [)" + list_of(60'000, last) + "]}}"));
  CHECK(listed.parameters.at("p").allowed.size() == 60'000);

  const auto program = [](const std::string& n) {
    return R"({"name": ")" + n + R"(", "program": "a/b)" + n + R"("})";
  };
  Manifest steps = parsed(with(R"("steps": {"run": [)" + list_of(15'000, program) + "]}"));
  std::vector<std::string> paths;
  for (int i = 0; i < 20'000; ++i) paths.push_back("a/c" + std::to_string(i));
  const auto missing = complete_steps(steps, paths, "m.json");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message().starts_with(
      "m.json: /steps/run/0/program: 'a/b0' is not in the package; did you mean 'a/c0'?\n"));
}

TEST_CASE("words of a manifest are read back") {
  CHECK(word_of(PackageType::localization) == "localization");
  CHECK(word_of(Reversible::compensating) == "compensating");
  CHECK(reversible_of("yes") == Reversible::yes);
  CHECK_FALSE(reversible_of("maybe"));
  CHECK(word_of(ParameterType::integer) == "integer");
}

}  // namespace cemli
