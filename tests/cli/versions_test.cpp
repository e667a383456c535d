#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// The planned version of each address.
std::map<std::string, std::string> planned_versions(Sandbox& sandbox, const std::string& options = "") {
  std::map<std::string, std::string> versions;
  const auto plan = sandbox.json_of("plan -e dev --format json" + options);
  for (const auto& action : plan.at("actions"))
    versions[action.at("address")] = action.at("version");
  return versions;
}

using Versions = std::map<std::string, std::string>;

TEST_CASE("a range takes the newest published version that fits, at each plan") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.9.0"}, {"one", "2.1.0"}, {"one", "2.10.0"}, {"one", "3.0.0"}});
  sandbox.desire("one: '>=2.1 <3'");
  CHECK(planned_versions(sandbox) == Versions{{"one", "2.10.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.publish({{"one", "2.11.0"}});
  const std::string plan = sandbox.cemli(0, "plan -e dev").out;
  CHECK_THAT(plan, Contains("update") && Contains("2.11.0"));
  CHECK_THAT(plan, Contains("Without a lock file") && Contains("one 2.11.0 (>=2.1 <3)") &&
                       Contains("cemli lock -e dev"));
}

TEST_CASE("exact versions do not float, and nothing is said of it") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.publish({{"one", "1.0.1"}});
  const std::string plan = sandbox.cemli(0, "plan -e dev").out;
  CHECK_THAT(plan, Contains("1.0.0") && !Contains("lock file"));
}

TEST_CASE("a pre-release fits only a range that names one") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}, {"one", "1.1.0-rc.1"}, {"two", "1.0.0-rc.1"}});
  sandbox.desire("one: '>=1'");
  CHECK(planned_versions(sandbox) == Versions{{"one", "1.0.0"}});
  sandbox.desire("one: '>=1.1.0-rc.0'");
  CHECK(planned_versions(sandbox) == Versions{{"one", "1.1.0-rc.1"}});
  sandbox.desire("two: '*'");
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err,
             Contains("environments/dev.yaml:4:8: no published version of 'two' fits '*'") &&
                 Contains("published is 1.0.0-rc.1"));
}

TEST_CASE("a range that nothing fits is an error that says what there is") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}});
  sandbox.desire("one: ^2\nother: 1.x");
  const std::string err = sandbox.cemli(1, "validate -e dev").err;
  CHECK_THAT(err, Contains("fits '^2'; published is 1.0.0"));
  CHECK_THAT(err, Contains("no version of 'other' is published"));
}

TEST_CASE("track: all desires whatever is published, but for pre-releases") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"},
                   {"one", "1.1.0"},
                   {"two", "1.0.0", "echo ran >> $E/two"},
                   {"two", "2.0.0-rc.1"},
                   {"only-rc", "1.0.0-rc.1"}});
  sandbox.desire("one: 1.0.0", "track: all\n");
  CHECK(planned_versions(sandbox) == Versions{{"one", "1.0.0"}, {"two", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.publish({{"three", "1.0.0", "echo ran >> $E/three", {{"depends_on", {{"two", "^1"}}}}}});
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("three 1.0.0 (track: all)"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("two").size() == 1);
  CHECK(sandbox.effect("three").size() == 1);
}

TEST_CASE("tracking everything and finding nothing is an error, never 'no changes'") {
  Sandbox sandbox;
  sandbox.write("environments/dev.yaml", "format: 1\nenvironment: dev\ntrack: all\n");
  sandbox.commit();
  for (const char* command :
       {"validate -e dev", "plan -e dev", "apply -e dev --auto-approve", "lock -e dev"})
    CHECK_THAT(sandbox.cemli(1, command).err,
               Contains("environments/dev.yaml:3:8: 'track: all' finds no package"));
  CHECK_FALSE(fs::exists(sandbox.store() / "state"));
}

TEST_CASE("a package is desired only in the environments that its manifest names") {
  Sandbox sandbox;
  const nlohmann::json prod{{"environments", {"prod"}}};
  sandbox.publish({{"one", "1.0.0"}, {"one", "1.1.0", ":", prod}, {"two", "1.0.0", ":", prod}});
  sandbox.desire("one: 1.1.0");
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err,
             Contains("environments/dev.yaml:4:8: 'one' 1.1.0 is for prod alone, not for 'dev'"));
  sandbox.desire("one: ^1", "track: all\n");
  CHECK(planned_versions(sandbox) == Versions{{"one", "1.0.0"}});
  sandbox.desire("two: ^1");
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err, Contains("'two' 1.0.0 is for prod alone"));
}

TEST_CASE("a plan of the working tree reads what is not committed") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}, {"one", "2.0.0"}});
  sandbox.desire("one: 1.0.0");
  sandbox.write("environments/dev.yaml", "format: 1\nenvironment: dev\npackages: {one: 2.0.0}\n");
  CHECK(planned_versions(sandbox, " --working-tree") == Versions{{"one", "2.0.0"}});
  CHECK(planned_versions(sandbox) == Versions{{"one", "1.0.0"}});
  const Ended plan = sandbox.cemli(0, "plan -e dev --working-tree");
  CHECK_THAT(plan.out, Contains("at the working tree"));
  CHECK(plan.err.empty());
  CHECK(sandbox.json_of("plan -e dev --working-tree --format json").at("commit").is_null());
  sandbox.cemli(1, "plan -e dev --working-tree --ref HEAD");
}

}  // namespace
}  // namespace cemli::test
