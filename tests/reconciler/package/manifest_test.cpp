#include "reconciler/package/manifest.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/golden.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSmallest = R"({"name": "a", "version": "1.0.0", "type": "extension"})";

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

std::string not_yet(const std::string& pointer, const std::string& what) {
  return "m.json: " + pointer + ": " + what + " is not supported by this version of cemli yet";
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
        std::vector<StepSpec>{StepSpec{"run", "steps/run.sh", {}, 10min, 500ms, {0, 3}},
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
                   "c": {"defualt": 1}, "d": {"type": "boolean"}, "e": {"min": 1}, "f~/g": 1},
    "secrets": ["X"], "rerun_on": [], "environments": ["dev"],
    "locks": ["a", "a", ""],
    "steps": {"pre_check": "steps/x.sh", "run": {"progam": "x", "timeout": "10", "retries": 2},
              "post_check": {"program": "../x", "args": [1],
                             "success": {"exit_codes": [256, "0"], "rules": ["oracle"]}},
              "check": {}, "roll_back": {}},
    "idempotent": "yes", "resume": "step", "reversible": "maybe", "tags": []
  })"));
}

TEST_CASE("what a later version brings is refused by name") {
  for (const char* key : {"environments", "secrets", "rerun_on"})
    CHECK(refusal_of(with("\"" + std::string(key) + "\": []")) ==
          not_yet("/" + std::string(key), "'" + std::string(key) + "'"));
  for (const char* key : {"enum", "pattern", "min", "max"})
    CHECK(refusal_of(with(R"("parameters": {"p": {")" + std::string(key) + R"(": 1}})")) ==
          not_yet("/parameters/p/" + std::string(key), "'" + std::string(key) + "'"));
  for (const char* type : {"number", "boolean", "list"})
    CHECK(refusal_of(with(R"("parameters": {"p": {"type": ")" + std::string(type) + R"("}})")) ==
          not_yet("/parameters/p/type", "the type '" + std::string(type) + "'"));
  for (const char* key : {"retries", "backoff"})
    CHECK(refusal_of(
              with(R"("steps": {"run": {"program": "x", ")" + std::string(key) + R"(": 1}})")) ==
          not_yet("/steps/run/" + std::string(key), "'" + std::string(key) + "'"));
  for (const char* key : {"rules", "fail", "allow", "warn", "must_see", "logs"})
    CHECK(refusal_of(with(R"("steps": {"run": {"program": "x", "success": {")" + std::string(key) +
                          R"(": []}}})")) ==
          not_yet("/steps/run/success/" + std::string(key), "'" + std::string(key) + "'"));
  for (const char* step : {"check", "rollback", "uninstall", "dry_run"})
    CHECK(refusal_of(with(R"("steps": {")" + std::string(step) + R"(": {"program": "x"}})")) ==
          not_yet("/steps/" + std::string(step), "'" + std::string(step) + "'"));
  CHECK(refusal_of(with(R"("steps": {"run": [{"name": "a", "program": "x"}]})")) ==
        not_yet("/steps/run", "a list of programs in one step"));
  CHECK(refusal_of(with(R"("resume": "step")")) ==
        not_yet("/resume", "'resume' with the value 'step'"));
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
  for (const char* step : {"check", "dry_run", "rollback", "uninstall"})
    CHECK(complete("", {"steps/run.sh", "steps/" + std::string(step) + ".sh"}) ==
          "m.json: the step 'steps/" + std::string(step) +
              ".sh' is not supported by this version of cemli yet");
}

TEST_CASE("words of a manifest are read back") {
  CHECK(word_of(PackageType::localization) == "localization");
  CHECK(word_of(Reversible::compensating) == "compensating");
  CHECK(reversible_of("yes") == Reversible::yes);
  CHECK_FALSE(reversible_of("maybe"));
  CHECK(word_of(ParameterType::integer) == "integer");
}

}  // namespace cemli
