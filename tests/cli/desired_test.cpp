#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

std::string version_planned(const nlohmann::json& plan) {
  return plan.at("actions").at(0).at("version");
}

void publish_two_versions(Sandbox& sandbox) {
  sandbox.publish({{"one", "1.0.0"}, {"one", "2.0.0"}});
}

TEST_CASE("desired state is read at HEAD, or at the commit that --ref names") {
  Sandbox sandbox;
  publish_two_versions(sandbox);
  sandbox.desire("one: 1.0.0");
  const std::string first = sandbox.git({"rev-parse", "HEAD"});
  sandbox.git({"tag", "old"});
  sandbox.desire("one: 2.0.0");
  CHECK(version_planned(sandbox.json_of("plan -e dev --format json")) == "2.0.0");
  for (const std::string& revision : {std::string("old"), first, std::string("HEAD~1")}) {
    const auto plan = sandbox.json_of("plan -e dev --format json --ref " + revision);
    CHECK(version_planned(plan) == "1.0.0");
    CHECK(plan.at("commit") == first);
  }
  CHECK_THAT(sandbox.cemli(1, "plan -e dev --ref nowhere").err, Contains("'nowhere'"));
}

TEST_CASE("an uncommitted change is noted and not read") {
  Sandbox sandbox;
  publish_two_versions(sandbox);
  sandbox.desire("one: 1.0.0");
  CHECK(sandbox.cemli(0, "plan -e dev").err.empty());
  sandbox.write("environments/dev.yaml", "format: 1\nenvironment: dev\npackages: {one: 2.0.0}\n");
  const Ended plan = sandbox.cemli(0, "plan -e dev --format json");
  CHECK(version_planned(nlohmann::json::parse(plan.out)) == "1.0.0");
  CHECK_THAT(plan.err, Contains("note: environments/dev.yaml differs in the working tree"));
  CHECK_THAT(sandbox.cemli(0, "apply -e dev --auto-approve").err, Contains("differs"));
}

TEST_CASE("validate reads the working tree") {
  Sandbox sandbox;
  publish_two_versions(sandbox);
  sandbox.desire("one: 1.0.0");
  CHECK(sandbox.cemli(0, "validate -e dev").out ==
        "environments/dev.yaml is valid: 1 package desired\n");
  sandbox.write("environments/dev.yaml", "format: 1\nenvironment: dev\npackages: {one: 3.0.0}\n");
  CHECK_THAT(sandbox.cemli(1, "validate -e dev").err, Contains("environments/dev.yaml:3:17"));
  sandbox.cemli(0, "plan -e dev");
}

TEST_CASE("options stand before or after the command") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  const std::string plan = sandbox.cemli(0, "plan -e dev --format json").out;
  const std::string repository = sandbox.repository().string();
  CHECK(sandbox.cemli(0, "-e dev plan --format json").out == plan);
  CHECK(sandbox.cemli(0, "-C " + repository + " -e dev plan --format json").out == plan);
  CHECK(sandbox.cemli(0, "plan --format json --repo " + repository + " -e dev").out == plan);
  CHECK(sandbox.cemli(0, "--repo " + repository + " plan -e dev --format json").out == plan);
  CHECK(sandbox.cemli(0, "state list -C " + repository + " -e dev").err.empty());
}

TEST_CASE("a folder inside the repository is as good as its root") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  const std::string plan = sandbox.cemli(0, "plan -e dev").out;
  CHECK(sandbox.cemli(0, "-C environments plan -e dev").out == plan);
}

TEST_CASE("a relative path is taken from where -C says") {
  Sandbox sandbox;
  const fs::path folder = sandbox.write_package({"one", "1.0.0"});
  sandbox.cemli(0, "-C " + folder.parent_path().string() + " package build one-1.0.0 -o out.zip");
  CHECK(fs::exists(folder.parent_path() / "out.zip"));
}

TEST_CASE("a linked work tree shares the main one's embedded store") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.git({"worktree", "add", "--quiet", "../linked"});
  const Ended plan = sandbox.cemli(0, "-C ../linked plan -e dev --detailed-exitcode");
  CHECK_THAT(plan.out, Contains("No changes"));
}

TEST_CASE("all problems of a file are told at once, each with its place and a suggestion") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0", ":", {{"parameters", {{"limit", {{"type", "integer"}}}}}}}});
  sandbox.desire("one: {version: 1.0.0, parametres: {limit: 5}}\none-two: latest\nOne: 1.0.0",
                 "descripton: typo\n");
  const std::string err = sandbox.cemli(1, "plan -e dev").err;
  CHECK_THAT(err, Contains("environments/dev.yaml:3:1:"));
  CHECK_THAT(err, Contains("'descripton'") && Contains("'description'"));
  CHECK_THAT(err, Contains("environments/dev.yaml:5:25:"));
  CHECK_THAT(err, Contains("'parametres'") && Contains("'parameters'"));
  CHECK_THAT(err, Contains("environments/dev.yaml:6:12:") && Contains("latest"));
  CHECK_THAT(err, Contains("environments/dev.yaml:7:3:"));
}

TEST_CASE("dependencies are checked over the whole set, all problems at once") {
  Sandbox sandbox;
  sandbox.publish({{"a", "1.0.0", ":", {{"depends_on", {{"b", "*"}}}}},
                   {"b", "1.0.0", ":", {{"depends_on", {{"a", "*"}}}}},
                   {"c", "1.0.0", ":", {{"depends_on", {{"gone", ">=1"}}}}},
                   {"d", "1.0.0", ":", {{"depends_on", {{"e", ">=2"}}}}},
                   {"e", "1.0.0"},
                   {"f", "1.0.0", ":", {{"parameters", {{"limit", {{"type", "integer"}}}}}}}});
  sandbox.desire(
      "a: 1.0.0\nb: 1.0.0\nc: 1.0.0\nd: 1.0.0\ne: 1.0.0\n"
      "f: {version: 1.0.0, parameters: {limit: many, colour: red}}\nunpublished: 1.0.0");
  for (const char* command : {"validate -e dev", "plan -e dev", "apply -e dev --auto-approve"}) {
    const std::string err = sandbox.cemli(1, command).err;
    CHECK_THAT(err, Contains("a -> b -> a"));
    CHECK_THAT(err, Contains("'gone'"));
    CHECK_THAT(err, Contains(">=2"));
    CHECK_THAT(err, Contains("environments/dev.yaml:9:"));
    CHECK_THAT(err, Contains("'limit'") && Contains("'colour'"));
    CHECK_THAT(err, Contains("'unpublished'"));
  }
  CHECK_FALSE(fs::exists(sandbox.store() / "state"));
}

TEST_CASE("a version that is not published is an error that says which are") {
  Sandbox sandbox;
  publish_two_versions(sandbox);
  sandbox.desire("one: 1.5.0");
  const std::string err = sandbox.cemli(1, "plan -e dev").err;
  CHECK_THAT(err, Contains("environments/dev.yaml:4:8") && Contains("1.5.0"));
  CHECK_THAT(err, Contains("1.0.0") && Contains("2.0.0"));
}

TEST_CASE("features to come are refused by name in environment files") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}});
  const std::string package = "packages:\n  one: 1.0.0\n";
  const std::map<std::string, std::string> files{
      {"windows", "policy: {windows: [nights]}\n" + package},
      {"approvals", "policy: {approvals: {count: 2}}\n" + package},
      {"signed_commits", "policy: {signed_commits: true}\n" + package}};
  for (const auto& [name, body] : files) {
    INFO(body);
    sandbox.write("environments/dev.yaml", "format: 1\nenvironment: dev\n" + body);
    sandbox.commit();
    const std::string err = sandbox.cemli(1, "apply -e dev --auto-approve").err;
    CHECK_THAT(err, Contains(name) && Contains("not supported by this version of cemli yet"));
    CHECK_THAT(err, Contains("environments/dev.yaml:"));
  }
}

TEST_CASE("features to come are refused by name on the command line") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  const auto before = Sandbox::contents(sandbox.repository());
  for (const char* words :
       {"promote", "approve", "rollback", "completion", "package lint x", "package sign x"}) {
    INFO(words);
    const std::string err = sandbox.cemli(1, words).err;
    CHECK_THAT(err, Contains("not supported by this version of cemli yet"));
  }
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

TEST_CASE("a missing environment is an error that names those there are") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.write("environments/prod.yaml",
                "format: 1\nenvironment: prod\npackages:\n  one: 1.0.0\n");
  sandbox.commit();
  for (const char* command : {"plan -e tset", "apply -e tset --auto-approve", "status -e tset"}) {
    const std::string err = sandbox.cemli(1, command).err;
    CHECK_THAT(err, Contains("'environments/tset.yaml'") && Contains("there are: dev, prod"));
  }
  CHECK_THAT(sandbox.cemli(1, "plan").err, Contains("no environment is named") && Contains("-e"));
  CHECK_THAT(sandbox.cemli(1, "plan -e ../dev").err, Contains("'../dev'"));
}

TEST_CASE("nothing desired is an error and never 'no changes'") {
  Sandbox sandbox;
  for (const char* packages : {"packages: {}\n", "packages:\n", ""}) {
    INFO(packages);
    sandbox.write("environments/dev.yaml", "format: 1\nenvironment: dev\n" + std::string(packages));
    sandbox.commit();
    CHECK_THAT(sandbox.cemli(1, "plan -e dev").err,
               Contains("environments/dev.yaml") && Contains("packages"));
    sandbox.cemli(1, "apply -e dev --auto-approve");
  }
}

TEST_CASE("a folder without repository is an error that says what to do") {
  Sandbox sandbox;
  const std::string elsewhere = (sandbox.root() / "home").string();
  const std::string err = sandbox.cemli(1, "-C " + elsewhere + " plan -e dev").err;
  CHECK_THAT(err, Contains("home") && Contains("repository"));
  CHECK_THAT(sandbox.cemli(1, "-C " + elsewhere + "/nowhere plan -e dev").err, Contains("nowhere"));
}

TEST_CASE("a repository without commits is an error that says what to do") {
  Sandbox sandbox;
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err, Contains("commit"));
}

TEST_CASE("a bare repository works where the stores are named") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0", "echo ran > $E/one"}});
  sandbox.desire("one: 1.0.0");
  sandbox.git({"clone", "--quiet", "--bare", ".", "../bare.git"});
  CHECK_THAT(sandbox.cemli(1, "--repo ../bare.git plan -e dev").err,
             Contains("bare repository") && Contains("stores:"));

  const std::string store = sandbox.store().string();
  sandbox.desire("one: 1.0.0", "stores: {packages: 'file:" + store + "/packages', results: 'file:" +
                                   store + "/r', state: 'file:" + store + "/s'}\n");
  sandbox.git({"push", "--quiet", "../bare.git", "main"});
  sandbox.cemli(0, "--repo ../bare.git apply -e dev --auto-approve --first-run");
  CHECK(sandbox.has_effect("one"));
  CHECK(fs::exists(sandbox.store() / "s/dev/log"));
}

TEST_CASE("commands that only read leave nothing in the repository") {
  Sandbox sandbox;
  sandbox.write("environments/dev.yaml", "format: 1\nenvironment: dev\npackages: {one: 1.0.0}\n");
  sandbox.commit();
  for (const char* command :
       {"validate -e dev", "plan -e dev", "apply -e dev --auto-approve", "package verify -e dev"})
    sandbox.cemli(1, command);
  for (const char* command :
       {"status -e dev", "state list -e dev", "audit verify -e dev", "package list -e dev"})
    sandbox.cemli(0, command);
  CHECK_FALSE(fs::exists(sandbox.store()));
}

TEST_CASE("no commit takes the embedded store along") {
  Sandbox sandbox;
  sandbox.desire("one: 1.0.0");
  const fs::path folder = sandbox.write_package({"one", "1.0.0"});
  sandbox.cemli(0, "package publish -e dev " + folder.string());
  CHECK(sandbox.git({"status", "--porcelain"}).empty());
}

}  // namespace
}  // namespace cemli::test
