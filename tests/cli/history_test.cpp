#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("history tells runs and operators' words, newest first") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0"}, {"b", "1.0.0", "exit 3"}});
  CHECK(sandbox.cemli(0, "history -e dev").out == "Nothing was ever recorded.\n");
  sandbox.cemli(3, "apply -e dev --auto-approve --why release");
  sandbox.cemli(0, "state taint a b --why restored -e dev");
  sandbox.cemli(0, "state suspend --why closing -e dev");

  const json passages = sandbox.json_of("history -e dev --json").at("passages");
  REQUIRE(passages.size() == 3);
  CHECK(passages[0].at("type") == "environment.suspended");
  CHECK(passages[1].at("subjects") == json{"a", "b"});
  CHECK(passages[1].at("why") == "restored");
  CHECK(passages[2].at("kind") == "run");
  CHECK(passages[2].at("outcome") == "failed");
  CHECK(passages[2].at("counts").at("succeeded") == 1);
  CHECK(passages[2].at("why") == "release");
  CHECK_THAT(sandbox.cemli(0, "history -e dev").out, Contains("tainted a, b"));

  const json of_b = sandbox.json_of("history b -e dev --json").at("passages");
  REQUIRE(of_b.size() == 3);
  CHECK(of_b[1].at("subjects") == json{"b"});
  CHECK(of_b[2].at("kind") == "attempt");
  CHECK(of_b[2].at("status") == "failed");
  CHECK(of_b[2].at("summary") == "run: exit code 3");

  const json newest = sandbox.json_of("history -e dev --json --limit 1");
  CHECK(newest.at("passages").size() == 1);
  CHECK(newest.at("left_out") == 2);
  CHECK(sandbox.json_of("history c -e dev --json").at("passages").size() == 1);
  sandbox.cemli(1, "history -e dev --limit 0");
  sandbox.cemli(1, "history GL -e dev");
}

TEST_CASE("a difference is told between commits, between runs, and between the two") {
  Sandbox sandbox;
  sandbox.publish({{"a", "1.0.0"}, {"a", "2.0.0"}, {"b", "1.0.0"}, {"c", "1.0.0"}});
  sandbox.desire("a: 1.0.0\nb: 1.0.0\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const std::string first = sandbox.events("run.started").at(0).at("run");
  sandbox.desire("a: 2.0.0\nb: 1.0.0\nc: 1.0.0\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");

  const json of_commits = sandbox.json_of("diff HEAD~1 HEAD -e dev --json").at("differences");
  REQUIRE(of_commits.size() == 2);
  CHECK(of_commits[0].at("address") == "a");
  CHECK(of_commits[0].at("change") == "changed");
  CHECK(of_commits[0].at("from").at("version") == "1.0.0");
  CHECK(of_commits[0].at("to").at("version") == "2.0.0");
  CHECK(of_commits[1].at("change") == "added");
  const json of_runs = sandbox.json_of("diff " + first + " latest -e dev --json");
  REQUIRE(of_runs.at("differences").size() == 2);
  CHECK(of_runs.at("differences")[1].at("to").at("status") == "succeeded");
  CHECK_THAT(sandbox.cemli(0, "diff HEAD latest -e dev").out, Contains("No differences."));
  CHECK_THAT(sandbox.cemli(0, "diff HEAD~1 HEAD -e dev").out,
             Contains("1.0.0 -> 2.0.0") && Contains("2 packages differ."));
}

TEST_CASE("a difference is told between environments as they are recorded") {
  Sandbox sandbox;
  sandbox.publish({{"a", "1.0.0"}, {"a", "2.0.0", "exit 1"}});
  sandbox.desire("a: 1.0.0\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.write("environments/prod.yaml", "format: 1\nenvironment: prod\npackages: {a: 2.0.0}\n");
  sandbox.commit();
  sandbox.cemli(3, "apply -e prod --auto-approve");
  CHECK_THAT(sandbox.cemli(0, "diff --from dev --to prod").out,
             Contains("1.0.0 -> 2.0.0") && Contains("status: succeeded -> failed"));
  CHECK_THAT(sandbox.cemli(0, "diff --from dev --to dev").out, Contains("No differences."));
  for (const char* words : {"diff -e dev", "diff HEAD -e dev", "diff --from dev", "diff --to dev",
                            "diff HEAD HEAD --from dev --to prod", "diff HEAD nowhere -e dev",
                            "diff --from dev --to nowhere"})
    sandbox.cemli(1, words);
}

}  // namespace
}  // namespace cemli::test
