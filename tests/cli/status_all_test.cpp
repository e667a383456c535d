#include <catch2/catch.hpp>

#include "tests/cli/estate_of_two.h"
#include "tests/cli/normalized.h"
#include "tests/support/golden.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// test is ahead of prod in `one`; `two` fails in test, and `three` is only in prod.
void deploy_both(EstateOfTwo& estate) {
  estate.publish(
      {{"one", "1.0.0"}, {"one", "1.1.0"}, {"two", "1.0.0", "exit 1"}, {"three", "1.0.0"}});
  estate.deploy("prod", "one: 1.0.0\nthree: 1.0.0");
  estate.deploy("test", "one: 1.1.0\ntwo: 1.0.0", 3);
}

TEST_CASE("all environments of HEAD stand beside each other") {
  EstateOfTwo estate;
  deploy_both(estate);
  estate.write("environments/later.yaml", "not committed");
  check_golden("cli/status_all.txt", normalized(estate.cemli(0, "status --all").out, estate));
  const json all = estate.json_of("status --all --json");
  CHECK(all.at("commit") == estate.git({"rev-parse", "HEAD"}));
  REQUIRE(all.at("environments").size() == 2);
  CHECK(all.at("environments").at(1).at("environment") == "prod");
  CHECK(all.at("environments").at(1).at("promote_from") == "test");
  const json& one = all.at("packages").at(0);
  CHECK(one.at("address") == "one");
  CHECK(one.at("environments").at("test").at("ahead_of") == json{"prod"});
  CHECK(one.at("environments").at("test").at("run") == estate.last_run("test"));
  CHECK(all.at("packages").at(1).at("environments").at("test").is_null());
  CHECK(all.at("packages").at(2).at("environments").at("test").at("status") == "failed");
}

TEST_CASE("an environment that cannot be read shows as such, and the rest is shown") {
  EstateOfTwo estate;
  deploy_both(estate);
  estate.write("environments/broken.yaml", "format: 1\nenvironment: broken\nstores: nowhere\n");
  estate.write("environments/far.yaml",
               "format: 1\nenvironment: far\npackages: {}\n"
               "stores: {packages: file:far/packages, results: file:far/results, state: "
               "file:far/state}\n");
  estate.write("far/state/far/log/00000000000000000001.json", "not an entry");
  estate.commit();
  const Ended ended = estate.cemli(1, "status --all");
  CHECK_THAT(ended.err, Contains("error: broken: ") && Contains("error: far: "));
  CHECK_THAT(ended.out, Contains("unread") && Contains("?") && Contains("1.1.0 >"));
  const json all = json::parse(estate.cemli(1, "status --all --json").out);
  for (const json& environment : all.at("environments")) {
    const std::string name = environment.at("environment");
    CHECK(environment.at("readable") == (name == "test" || name == "prod"));
  }
}

TEST_CASE("what is noted of one of many environments says of which") {
  EstateOfTwo estate;
  estate.publish({{"one", "1.0.0"}});
  estate.deploy("test", "one: 1.0.0");
  estate.set("prod", "one: latest");
  estate.commit();
  CHECK_THAT(estate.cemli(0, "status --all").err,
             Contains("prod: note: nothing can be planned or applied"));
}

TEST_CASE("all environments are not one, and none is an error") {
  EstateOfTwo estate;
  estate.commit();
  CHECK_THAT(estate.cemli(1, "status --all").err, Contains("no environment is in commit"));
  CHECK_THAT(estate.cemli(1, "status --all -e test").err,
             Contains("--all shows every environment"));
}

}  // namespace
}  // namespace cemli::test
