#include <catch2/catch.hpp>
#include <set>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

const json& action_of(const json& plan, const std::string& address) {
  for (const json& action : plan.at("actions")) {
    if (action.at("address") == address) return action;
  }
  FAIL("no action for " << address);
  return plan;
}

std::set<std::string> reason_codes(const json& action) {
  std::set<std::string> codes;
  for (const json& reason : action.at("reasons")) codes.insert(reason.at("code"));
  return codes;
}

bool is_digest(const json& value) {
  return value.is_string() && value.get<std::string>().size() == 64;
}

const json kLimit{{"parameters", {{"limit", {{"type", "integer"}, {"default", 5}}}}}};

TEST_CASE("a plan as JSON has the members that scripts rely on") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"base", "1.0.0"}, {"top", "2.1.0", ":", {{"depends_on", {{"base", "^1"}}}}}});
  const json plan = sandbox.json_of("plan -e dev --format json");
  CHECK(plan.at("format") == 1);
  CHECK(plan.at("environment") == "dev");
  CHECK(plan.at("commit") == sandbox.git({"rev-parse", "HEAD"}));
  CHECK(plan.at("basis") == json{{"seq", 0}, {"entry", nullptr}});
  CHECK(is_digest(plan.at("digest")));
  CHECK(plan.at("summary") == json{{"run", 2},
                                   {"update", 0},
                                   {"retry", 0},
                                   {"rerun", 0},
                                   {"remove", 0},
                                   {"forget", 0},
                                   {"blocked", 0},
                                   {"held", 0},
                                   {"none", 0}});
  REQUIRE(plan.at("actions").size() == 2);
  CHECK(plan.at("actions")[0].at("address") == "base");
  const json& top = plan.at("actions")[1];
  CHECK(top.at("address") == "top");
  CHECK(top.at("action") == "run");
  CHECK(top.at("version") == "2.1.0");
  CHECK(top.at("before").is_null());
  CHECK(is_digest(top.at("after")));
  CHECK(reason_codes(top) == std::set<std::string>{"new"});
}

TEST_CASE("the basis of a plan is the head of the log") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const json plan = sandbox.json_of("plan -e dev --format json");
  const json head = sandbox.json_of("status -e dev --json").at("head");
  CHECK(plan.at("basis") == head);
  CHECK(head.at("seq") > 0);
  CHECK(plan.at("summary").at("none") == 1);
}

TEST_CASE("the same plan is the same bytes") {
  Sandbox sandbox;
  std::vector<PackageSource> sources;
  for (int i = 0; i < 12; ++i) sources.push_back({"p" + std::to_string(i), "1.0.0"});
  sandbox.publish_and_desire(sources);
  for (const char* words : {"plan -e dev", "plan -e dev --format json"}) {
    const std::string first = sandbox.cemli(0, words).out;
    CHECK(sandbox.cemli(0, words).out == first);
    sandbox.environment()["XDG_CACHE_HOME"] = (sandbox.root() / "other").string();
    sandbox.environment()["LANG"] = "C";
    sandbox.environment()["TZ"] = "Asia/Tokyo";
    CHECK(sandbox.cemli(0, words).out == first);
  }
}

TEST_CASE("with --detailed-exitcode a plan with changes exits with 2") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.cemli(2, "plan -e dev --detailed-exitcode");
  sandbox.cemli(0, "plan -e dev");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev --detailed-exitcode").out, Contains("No changes"));
}

TEST_CASE("a plan writes nothing") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  const auto before = Sandbox::contents(sandbox.repository());
  sandbox.cemli(0, "plan -e dev");
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

TEST_CASE("a changed version is an update, said with both versions") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}, {"other", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.publish({{"one", "1.1.0"}});
  sandbox.desire("one: 1.1.0\nother: 1.0.0");
  const json plan = sandbox.json_of("plan -e dev --format json");
  const json& action = action_of(plan, "one");
  CHECK(action.at("action") == "update");
  CHECK(action.at("version_before") == "1.0.0");
  CHECK(reason_codes(action) == std::set<std::string>{"version_changed"});
  CHECK(action_of(plan, "other").at("action") == "none");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("version 1.0.0 -> 1.1.0"));
}

TEST_CASE("a changed parameter is an update, said with both values") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", ":", kLimit}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("one: {version: 1.0.0, parameters: {limit: 7}}");
  const json plan = sandbox.json_of("plan -e dev --format json");
  CHECK(action_of(plan, "one").at("action") == "update");
  const json& reason = action_of(plan, "one").at("reasons").at(0);
  CHECK(reason.at("code") == "parameter_changed");
  CHECK(reason.at("from") == 5);
  CHECK(reason.at("to") == 7);
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("parameter 'limit' 5 -> 7"));
}

TEST_CASE("a default of the environment counts for packages that declare the parameter") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0", ":", kLimit}, {"two", "1.0.0"}});
  sandbox.desire("one: 1.0.0\ntwo: 1.0.0");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("one: 1.0.0\ntwo: 1.0.0", "parameters: {limit: 9}\n");
  const json plan = sandbox.json_of("plan -e dev --format json");
  CHECK(action_of(plan, "one").at("action") == "update");
  CHECK(action_of(plan, "two").at("action") == "none");
}

TEST_CASE("what failed is tried again, and the plan says how it failed") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "exit 9"}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  const json plan = sandbox.json_of("plan -e dev --format json");
  CHECK(action_of(plan, "one").at("action") == "retry");
  CHECK(reason_codes(action_of(plan, "one")).contains("failed_before"));
  CHECK_THAT(sandbox.cemli(2, "plan -e dev --detailed-exitcode").out,
             Contains("1.0.0 failed in run") && Contains("exit code 9"));
}

TEST_CASE("content that changed under one version is an error") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  std::filesystem::remove_all(sandbox.store() / "packages/one");
  sandbox.publish({{"one", "1.0.0", "echo other"}});
  const std::string err = sandbox.cemli(1, "plan -e dev").err;
  CHECK_THAT(err, Contains("one") && Contains("1.0.0") && Contains("content"));
}

TEST_CASE("what is no longer desired and never succeeded is forgotten") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}, {"tried", "1.0.0", "exit 1"}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  sandbox.desire("one: 1.0.0");
  CHECK(action_of(sandbox.json_of("plan -e dev --format json"), "tried").at("action") == "forget");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.status_of("tried").empty());
}

TEST_CASE("what is no longer desired and has done something blocks until it is decided on") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}, {"done", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("one: 1.0.0");
  CHECK(action_of(sandbox.json_of("plan -e dev --format json"), "done").at("action") == "blocked");
  sandbox.cemli(2, "plan -e dev --detailed-exitcode");
}

}  // namespace
}  // namespace cemli::test
