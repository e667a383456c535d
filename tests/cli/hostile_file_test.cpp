#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

const std::string kHead = "format: 1\nenvironment: dev\n";

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// Each alias holds ten of the one before.
std::string many_aliases() {
  std::string text = kHead + "description: &a0 x\nparameters:\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1) + ",";
    text += "  p" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(before, 10) +
            "]\n";
  }
  return text + "packages: {one: 1.0.0}\n";
}

std::map<std::string, std::string> hostile_environments() {
  const std::string packages = "packages: {one: 1.0.0}\n";
  return {{"empty", ""},
          {"a list", "- one\n"},
          {"not UTF-8", kHead + "description: '\xff'\n" + packages},
          {"a NUL", kHead + "description: 'a" + std::string(1, '\0') + "'\n" + packages},
          {"an alias bomb", many_aliases()},
          {"deep nesting", kHead + "packages: " + repeated("[", 50'000)},
          {"deep maps", kHead + "packages: " + repeated("{a: ", 50'000)},
          {"a second document", kHead + packages + "---\n" + kHead + packages},
          {"a merge key", kHead + "parameters: &p {a: 1}\npackages: {one: {<<: *p}}\n"},
          {"a tag", kHead + "packages: !!python/object {one: 1.0.0}\n"},
          {"an unknown alias", kHead + "packages: *gone\n"},
          {"another environment", "format: 1\nenvironment: prod\n" + packages},
          {"a newer format", "format: 2\nenvironment: dev\n" + packages},
          {"no format", "environment: dev\n" + packages},
          {"a NUL in a parameter",
           kHead + "packages: {one: {version: 1.0.0, parameters: {text: \"a\\0b\"}}}\n"},
          {"a way out of the store", kHead + "packages: {../../one: 1.0.0}\n"},
          {"a tab", kHead + "packages:\n\tone: 1.0.0\n"}};
}

void check_one_error(const Ended& refused, const std::string& file) {
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, Catch::Matchers::StartsWith("error: ") && Contains(file));
  CHECK(refused.err.find("error:", 1) == std::string::npos);
  CHECK(refused.err.size() < 2000);
}

TEST_CASE("a hostile environment file gives one clear error, and nothing is run or written") {
  Sandbox sandbox;
  sandbox.publish(
      {{"one", "1.0.0", "echo > $E/one", {{"parameters", {{"text", {{"default", ""}}}}}}}});
  for (const auto& [what, text] : hostile_environments()) {
    INFO(what);
    sandbox.write("environments/dev.yaml", text);
    sandbox.commit();
    const auto before = Sandbox::contents(sandbox.store());
    for (const char* command : {"validate -e dev", "plan -e dev", "apply -e dev --auto-approve"})
      check_one_error(sandbox.cemli(1, command), "environments/dev.yaml");
    CHECK(Sandbox::contents(sandbox.store()) == before);
  }
  CHECK_FALSE(sandbox.has_effect("one"));
}

TEST_CASE("an environment file that is no file is an error") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}});
  sandbox.write("secret.yaml", kHead + "packages: {one: 1.0.0}\n");
  fs::create_directories(sandbox.repository() / "environments");
  fs::create_symlink("../secret.yaml", sandbox.repository() / "environments/dev.yaml");
  sandbox.commit();
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err, Contains("environments/dev.yaml"));
  fs::remove(sandbox.repository() / "environments/dev.yaml");
  sandbox.write("environments/dev.yaml/file", "text");
  sandbox.commit();
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err, Contains("environments/dev.yaml"));
}

std::map<std::string, std::string> hostile_manifests() {
  const std::string start = R"({"name": "bad", "version": "1.0.0", "type": "extension")";
  const std::string program = R"(, "steps": {"run": {"program": )";
  return {
      {"empty", ""},
      {"not UTF-8", start + ", \"description\": \"\xff\"}"},
      {"deep nesting", start + ", \"tags\": " + repeated("[", 100'000)},
      {"a key twice", start + R"(, "name": "other"})"},
      {"a number out of range", start + R"(, "tags": {"a": 1e999}})"},
      {"a number too large",
       start + R"(, "parameters": {"a": {"type": "integer", "default": 9223372036854775808}}})"},
      {"a NUL in a program", start + program + R"("steps/run\u0000.sh"}}})"},
      {"a NUL in an argument", start + program + R"("steps/run.sh", "args": ["a\u0000b"]}}})"},
      {"a NUL in a default", start + R"(, "parameters": {"a": {"default": "x\u0000y"}}})"},
      {"a program outside", start + program + R"("../../bin/sh"}}})"},
      {"an absolute program", start + program + R"("/bin/sh"}}})"},
      {"a program that is not there", start + program + R"("steps/gone.sh"}}})"},
      {"a newer format", R"({"format": 2, "name": "bad"})"},
      {"a name with a slash", R"({"name": "../x", "version": "1.0.0", "type": "extension"})"},
      {"a version that is none", R"({"name": "x", "version": "1/2", "type": "extension"})"},
      {"a list", "[]"},
      {"more after the end", start + "} {}"}};
}

TEST_CASE("a hostile manifest gives one clear error, and nothing is published") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"good", "1.0.0"}});
  const fs::path folder = sandbox.write_package({"bad", "1.0.0"});
  const auto before = Sandbox::contents(sandbox.repository());
  for (const auto& [what, text] : hostile_manifests()) {
    INFO(what);
    REQUIRE(replace_file(folder / "manifest.json", text, Durability::relaxed));
    for (const char* command : {"package publish -e dev ", "package build "}) {
      const Ended refused = sandbox.cemli(1, command + folder.string());
      check_one_error(refused, "bad");
    }
  }
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

TEST_CASE("folders may have any name that a file system takes") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0", "touch \"$CEMLI_ARTIFACTS/a b\"; echo > $E/one"}});
  sandbox.desire("one: 1.0.0");
  const std::string name = "it's a \"folder\" $(x)\n\xc3\xbc";
  fs::rename(sandbox.repository(), sandbox.root() / name);
  fs::create_directory(sandbox.repository());
  const std::string folder = (sandbox.root() / name).string();
  sandbox.environment()["TMPDIR"] = folder;
  sandbox.cemli(0, {"-C", folder, "apply", "-e", "dev", "--auto-approve"});
  CHECK(sandbox.has_effect("one"));
  sandbox.cemli(0, {"-C", folder, "audit", "verify", "-e", "dev"});
}

}  // namespace
}  // namespace cemli::test
