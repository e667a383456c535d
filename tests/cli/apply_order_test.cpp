#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// Fails where another step is between its start and its end.
const std::string kAlone =
    "mkdir $E/alone || exit 1\necho $CEMLI_PACKAGE >> $E/order\nsleep 0.03\nrmdir $E/alone\n";

json depends_on(const std::vector<std::string>& names) {
  json ranges = json::object();
  for (const std::string& name : names) ranges[name] = "*";
  return {{"depends_on", ranges}};
}

std::ptrdiff_t place(const std::vector<std::string>& lines, const std::string& line) {
  const auto found = std::find(lines.begin(), lines.end(), line);
  REQUIRE(found != lines.end());
  return found - lines.begin();
}

TEST_CASE("a package runs after all that it depends on") {
  Sandbox sandbox;
  const std::string run =
      "echo $CEMLI_PACKAGE-start >> $E/order\nsleep 0.02\necho $CEMLI_PACKAGE-end >> $E/order\n";
  sandbox.publish_and_desire({{"z-base", "1.0.0", run},
                              {"left", "1.0.0", run, depends_on({"z-base"})},
                              {"right", "1.0.0", run, depends_on({"z-base"})},
                              {"a-top", "1.0.0", run, depends_on({"left", "right"})}});
  sandbox.cemli(0, "apply -e dev --auto-approve -j 4");
  const auto order = sandbox.effect("order");
  REQUIRE(order.size() == 8);
  CHECK(place(order, "z-base-end") < place(order, "left-start"));
  CHECK(place(order, "z-base-end") < place(order, "right-start"));
  CHECK(place(order, "left-end") < place(order, "a-top-start"));
  CHECK(place(order, "right-end") < place(order, "a-top-start"));
}

TEST_CASE("as many packages as -j says run at once") {
  Sandbox sandbox;
  const std::string run =
      "touch $E/here-$CEMLI_PACKAGE\ntries=0\n"
      "until [ \"$(ls $E | grep -c here-)\" = 3 ]; do\n"
      "  tries=$((tries + 1)); [ $tries -lt 1000 ] || exit 1; sleep 0.02\ndone\n";
  sandbox.publish_and_desire({{"a", "1.0.0", run}, {"b", "1.0.0", run}, {"c", "1.0.0", run}});
  sandbox.cemli(0, "apply -e dev --auto-approve -j 3");
}

TEST_CASE("with -j 1 one package runs at a time") {
  Sandbox sandbox;
  std::vector<PackageSource> sources;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    sources.push_back({name, "1.0.0", kAlone, {{"idempotent", true}}});
  }
  sandbox.publish_and_desire(sources);
  sandbox.cemli(0, "apply -e dev --auto-approve -j 1");
  CHECK(sandbox.effect("order").size() == 5);
}

TEST_CASE("packages that name the same lock never run together") {
  Sandbox sandbox;
  std::vector<PackageSource> sources;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
    sources.push_back({name, "1.0.0", kAlone, {{"locks", {"ledger"}}, {"idempotent", true}}});
  }
  sandbox.publish_and_desire(sources);
  sandbox.cemli(0, "apply -e dev --auto-approve -j 6");
  CHECK(sandbox.effect("order").size() == 6);
}

TEST_CASE("a failure blocks what depends on it, and nothing else") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"bad", "1.0.0", "exit 4"},
                              {"child", "1.0.0", "echo ran > $E/child", depends_on({"bad"})},
                              {"grandchild", "1.0.0", "echo > $E/grand", depends_on({"child"})},
                              {"free", "1.0.0", "echo ran >> $E/free"},
                              {"zfree", "1.0.0", "echo ran > $E/zfree", depends_on({"free"})}});
  const Ended apply = sandbox.cemli(3, "apply -e dev --auto-approve -j 1");
  CHECK_THAT(apply.out, Contains("child 1.0.0: blocked, as bad did not succeed"));
  CHECK(sandbox.has_effect("free"));
  CHECK(sandbox.has_effect("zfree"));
  CHECK_FALSE(sandbox.has_effect("child"));
  CHECK_FALSE(sandbox.has_effect("grand"));
  CHECK(sandbox.status_of("bad") == "failed");
  CHECK(sandbox.status_of("child").empty());
  const json run = sandbox.json_of("show latest -e dev --json");
  CHECK(run.at("outcome") == "failed");
  CHECK(run.at("counts").at("succeeded") == 2);
  CHECK(run.at("counts").at("failed") == 1);
  CHECK(run.at("counts").at("blocked") == 2);
}

TEST_CASE("what was blocked runs once its dependency is repaired") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"bad", "1.0.0", "exit 4"}, {"child", "1.0.0", "echo ran > $E/child", depends_on({"bad"})}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  sandbox.publish({{"bad", "1.0.1"}});
  sandbox.desire("bad: 1.0.1\nchild: 1.0.0");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.has_effect("child"));
}

TEST_CASE("with --fail-fast nothing starts after a failure") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a-bad", "1.0.0", "exit 4"},
                              {"b-free", "1.0.0", "echo ran >> $E/free", {{"idempotent", true}}},
                              {"c-free", "1.0.0", "echo ran >> $E/free"}});
  sandbox.cemli(3, "apply -e dev --auto-approve -j 1 --fail-fast");
  CHECK_FALSE(sandbox.has_effect("free"));
  CHECK(sandbox.json_of("show latest -e dev --json").at("counts").at("not_started") == 2);
  CHECK(sandbox.status_of("b-free") != "interrupted");
  sandbox.cemli(3, "apply -e dev --auto-approve -j 1");
  CHECK(sandbox.effect("free").size() == 2);
}

TEST_CASE("an update does not run dependents again") {
  Sandbox sandbox;
  const std::string run = "echo $CEMLI_PACKAGE >> $E/order";
  sandbox.publish_and_desire({{"base", "1.0.0", run}, {"top", "1.0.0", run, depends_on({"base"})}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.publish({{"base", "1.1.0", run}});
  sandbox.desire("base: 1.1.0\ntop: 1.0.0");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("order") == std::vector<std::string>{"base", "top", "base"});
}

TEST_CASE("an apply with nothing to do writes nothing and exits with 0") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const auto before = Sandbox::contents(sandbox.root() / "repository");
  CHECK_THAT(sandbox.cemli(0, "apply -e dev --auto-approve").out, Contains("No changes"));
  CHECK_THAT(sandbox.cemli(0, "apply -e dev").out, Contains("No changes"));
  CHECK(Sandbox::contents(sandbox.root() / "repository") == before);
}

TEST_CASE("an apply that finds all of it blocked writes nothing and exits with 3") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}, {"gone", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("one: 1.0.0");
  const auto before = Sandbox::contents(sandbox.repository());
  sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

TEST_CASE("the log announces each package before it ends, and keeps why the run was made") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0"}, {"b", "1.0.0", ":", depends_on({"a"})}});
  sandbox.cemli(0, {"apply", "-e", "dev", "--auto-approve", "--why", "CHG 42"});
  std::vector<std::string> types;
  for (const json& event : sandbox.events()) {
    std::string type = event.at("type");
    if (event.contains("address")) type += " " + event.at("address").get<std::string>();
    types.push_back(type);
  }
  CHECK(types.front() == "run.started");
  CHECK(types.back() == "run.finished");
  CHECK(place(types, "package.started a") < place(types, "package.finished a"));
  CHECK(place(types, "package.finished a") < place(types, "package.started b"));
  CHECK(sandbox.events("run.started").front().at("why") == "CHG 42");
  CHECK_THAT(sandbox.cemli(0, "show latest -e dev").out, Contains("CHG 42"));
}

}  // namespace
}  // namespace cemli::test
