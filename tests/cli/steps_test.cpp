#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

using Strings = std::vector<std::string>;

json script(const std::string& name) {
  return {{"program", "steps/" + name + ".sh"}};
}

/// The labels of what an attempt's evidence says was run, with each exit code.
Strings executed(const json& evidence) {
  Strings lines;
  for (const json& step : evidence.at("execution")) {
    std::string line = step.at("step");
    if (step.at("name").is_string()) line += "/" + step.at("name").get<std::string>();
    line += " " + std::to_string(step.at("try").get<int>());
    line += " " + std::to_string(step.at("returncode").get<int>());
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("a list of programs runs in its order, in one folder") {
  Sandbox box;
  json load = script("load");
  load["name"] = "load";
  json index = script("index");
  index["name"] = "index";
  box.publish_and_desire({{.name = "one",
                           .run = "exit 1",
                           .manifest = {{"steps", {{"run", {load, index}}}}},
                           .files = {{"steps/load.sh", "echo $CEMLI_STEP load >> $E/log; touch x"},
                                     {"steps/index.sh", "test -e x; echo index >> $E/log"}}}});
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("log") == Strings{"run load", "index"});
  CHECK(executed(box.evidence_of("one")) == Strings{"run/load 1 0", "run/index 1 0"});
  CHECK_THAT(box.cemli(0, "logs latest one -e dev").out, Contains("=== run/index:"));
}

TEST_CASE("the first program of a list that fails ends the attempt, and is named") {
  Sandbox box;
  json first = script("run");
  first["name"] = "first";
  json second = script("second");
  second["name"] = "second";
  box.publish_and_desire({{.name = "one",
                           .run = "exit 7",
                           .manifest = {{"steps", {{"run", {first, second}}}}},
                           .files = {{"steps/second.sh", "touch $E/second"}}}});
  CHECK_THAT(box.cemli(3, "apply -e dev --auto-approve").out, Contains("run/first: exit code 7"));
  CHECK_FALSE(box.has_effect("second"));
}

TEST_CASE("a failed program is tried again, and each try is in the evidence") {
  Sandbox box;
  json run = script("run");
  run["retries"] = 3;
  run["backoff"] = "10ms";
  box.publish_and_desire({{.name = "one",
                           .run = "echo x >> $E/tries; test $(wc -l < $E/tries) = 3",
                           .manifest = {{"steps", {{"run", run}}}}}});
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(executed(box.evidence_of("one")) == Strings{"run 1 1", "run 2 1", "run 3 0"});
  CHECK(box.status_of("one") == "succeeded");
}

TEST_CASE("a program that never succeeds fails after its last try") {
  Sandbox box;
  json run = script("run");
  run["retries"] = 2;
  run["backoff"] = "10ms";
  box.publish_and_desire(
      {{.name = "one", .run = "exit 4", .manifest = {{"steps", {{"run", run}}}}}});
  CHECK_THAT(box.cemli(3, "apply -e dev --auto-approve").out,
             Contains("run: exit code 4, in 3 tries"));
  CHECK(executed(box.evidence_of("one")).size() == 3);
}

TEST_CASE(
    "who waits to try again keeps nobody from running, and Ctrl-C ends "
    "the wait") {
  Sandbox box;
  json run = script("run");
  run["retries"] = 1;
  run["backoff"] = "1h";
  box.publish_and_desire(
      {{.name = "a", .run = "touch $E/tried; exit 1", .manifest = {{"steps", {{"run", run}}}}},
       {.name = "b",
        .run = "while [ ! -e $E/tried ]; do sleep 0.01; done; "
               "touch $E/b"},
       {.name = "c", .run = "touch $E/c"}});
  Command apply = box.start("apply -e dev --auto-approve -j 1");
  REQUIRE(eventually([&] { return apply.out().find("c 1.0.0: succeeded") != std::string::npos; }));
  CHECK(box.has_effect("b"));
  apply.signal(SIGINT);
  const Ended ended = apply.wait();
  CHECK(ended.exit_code == 130);
  CHECK_THAT(ended.out, Contains("a 1.0.0: failed") && Contains("run: exit code 1"));
  CHECK(box.status_of("a") == "failed");
}

TEST_CASE("a failed post_check rolls back where the package can") {
  Sandbox box;
  box.publish_and_desire(
      {{.name = "one",
        .run = "echo run >> $E/log",
        .files = {{"steps/post_check.sh", "exit 5"},
                  {"steps/rollback.sh", "echo $CEMLI_STEP >> $E/log"}}},
       {.name = "two", .run = "touch $E/two", .manifest = {{"depends_on", {{"one", "*"}}}}}});
  const Ended applied = box.cemli(3, "apply -e dev --auto-approve");
  CHECK(box.effect("log") == Strings{"run", "rollback"});
  CHECK_THAT(applied.out,
             Contains("one 1.0.0: rolled back") && Contains("post_check: exit code 5"));
  CHECK(box.status_of("one") == "rolled_back");
  CHECK_FALSE(box.has_effect("two"));
  CHECK(box.evidence_of("one").at("status") == "rolled_back");
  box.cemli(0, "audit verify -e dev");
}

TEST_CASE("a rollback that fails leaves a failure that tells both") {
  Sandbox box;
  box.publish_and_desire(
      {{.name = "one",
        .files = {{"steps/post_check.sh", "exit 5"}, {"steps/rollback.sh", "exit 6"}}}});
  CHECK_THAT(box.cemli(3, "apply -e dev --auto-approve").out,
             Contains("post_check: exit code 5; and it is not rolled back: "
                      "rollback: exit code 6"));
  CHECK(box.status_of("one") == "failed");
}

/// A package of three programs, of which each notes that it ran; `second` is the body of the middle
/// one.
PackageSource resuming(const std::string& second) {
  json programs = json::array();
  for (const char* name : {"first", "second", "third"})
    programs.push_back({{"name", name}, {"program", "steps/" + std::string(name) + ".sh"}});
  return {.name = "one",
          .manifest = {{"resume", "step"}, {"idempotent", true}, {"steps", {{"run", programs}}}},
          .files = {{"steps/first.sh", "echo first >> $E/log"},
                    {"steps/second.sh", "echo second >> $E/log; " + second},
                    {"steps/third.sh", "echo third >> $E/log"}}};
}

TEST_CASE("with resume: step the next attempt goes on at the program that failed") {
  Sandbox box;
  box.publish_and_desire({resuming("test -e $E/mended")});
  box.cemli(3, "apply -e dev --auto-approve");
  box.cemli(3, "apply -e dev --auto-approve");
  box.write(box.effects() / "mended", "");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("log") == Strings{"first", "second", "second", "second", "third"});
  const std::vector<json> finished = box.events("step.finished");
  REQUIRE(finished.size() == 2);
  CHECK(finished[0].at("step") == "run/first");
  CHECK(finished[1].at("step") == "run/second");
  CHECK(box.events("package.started").at(2).at("done") == json{"run/first"});
  // What succeeded begins anew.
  box.cemli(0, "state taint one --why test -e dev");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("log").size() == 8);
  box.cemli(0, "audit verify -e dev");
}

TEST_CASE("with resume: step a killed run goes on at the program that was interrupted") {
  Sandbox box;
  box.publish_and_desire({resuming("test -e $E/again || { touch $E/again; sleep 600; }")});
  Command apply = box.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return box.has_effect("again"); }));
  REQUIRE(box.events("step.finished").size() == 1);
  apply.signal(SIGKILL);
  apply.wait();
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("log") == Strings{"first", "second", "second", "third"});
}

TEST_CASE("another identity does not go on where the one before failed") {
  Sandbox box;
  PackageSource mended = resuming("true");
  mended.version = "1.0.1";
  box.publish_and_desire({resuming("exit 1")});
  box.cemli(3, "apply -e dev --auto-approve");
  box.publish({mended});
  box.desire("  one: 1.0.1\n");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("log") == Strings{"first", "second", "first", "second", "third"});
}

TEST_CASE("what is not desired any more is uninstalled as it was recorded") {
  Sandbox box;
  const PackageSource one{
      .name = "one",
      .run = "touch $E/one",
      .manifest = {{"parameters", {{"limit", {{"type", "integer"}, {"default", 7}}}}}},
      .files = {{"steps/uninstall.sh",
                 "echo $CEMLI_VERSION $CEMLI_PARAM_LIMIT "
                 "$CEMLI_STEP >> $E/gone; rm $E/one"}}};
  const std::string policy = "policy: {allow_removal: true}\n";
  box.publish_and_desire({one, {.name = "two"}}, policy);
  box.cemli(0, "apply -e dev --auto-approve");
  box.desire("  two: 1.0.0\n", policy);
  CHECK_THAT(box.cemli(0, "apply -e dev --auto-approve").out, Contains("one 1.0.0: removing"));
  CHECK(box.effect("gone") == Strings{"1.0.0 7 uninstall"});
  CHECK_FALSE(box.has_effect("one"));
  CHECK(box.json_of("plan -e dev --format json").at("summary").at("none") == 1);
  box.cemli(0, "audit verify -e dev");
}

}  // namespace cemli::test
