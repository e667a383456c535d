#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// Says that it is up, and ends with `on_term` when it is asked to.
std::string patient(const std::string& on_term) {
  return "trap '" + on_term +
         "' TERM\necho $CEMLI_ATTEMPT >> $E/up\n"
         "[ -e $E/go ] && exit 0\nwhile :; do sleep 0.02; done\n";
}

json idempotent(bool value) {
  return {{"idempotent", value}};
}

/// Starts an apply and returns once its step is up.
Command started(Sandbox& sandbox, const std::string& words = "apply -e dev --auto-approve -j 1") {
  Command apply = sandbox.start(words);
  REQUIRE(eventually([&] { return !sandbox.effect("up").empty(); }));
  return apply;
}

TEST_CASE("one Ctrl-C asks the running step to end and starts nothing more") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a-slow", "1.0.0", patient("echo TERM >> $E/signals; exit 1")},
                              {"b-next", "1.0.0", "echo > $E/next", idempotent(true)},
                              {"c-child", "1.0.0", ":", {{"depends_on", {{"a-slow", "*"}}}}}});
  Command apply = started(sandbox);
  apply.signal(SIGINT);
  const Ended ended = apply.wait();
  CHECK(ended.exit_code == 130);
  CHECK(sandbox.effect("signals") == std::vector<std::string>{"TERM"});
  CHECK_FALSE(sandbox.has_effect("next"));
  CHECK(sandbox.status_of("a-slow") == "interrupted");
  CHECK(sandbox.status_of("b-next") != "interrupted");
  for (const json& event : sandbox.events("package.finished"))
    CHECK(event.at("outcome") == (event.at("address") == "a-slow" ? "interrupted" : "not_started"));
  const json run = sandbox.json_of("show latest -e dev --json");
  CHECK(run.at("outcome") == "stopped");
  CHECK(run.at("counts").at("interrupted") == 1);
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("SIGTERM and SIGHUP stop a run in order, exit code 143") {
  for (const int number : {SIGTERM, SIGHUP}) {
    Sandbox sandbox;
    sandbox.publish_and_desire({{"slow", "1.0.0", patient("exit 1")}});
    Command apply = started(sandbox);
    apply.signal(number);
    CHECK(apply.wait().exit_code == 143);
    CHECK(sandbox.status_of("slow") == "interrupted");
  }
}

TEST_CASE("a step that ends well within its grace after Ctrl-C is interrupted all the same") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"slow", "1.0.0", patient("exit 0")}});
  Command apply = started(sandbox);
  apply.signal(SIGINT);
  CHECK(apply.wait().exit_code == 130);
  CHECK(sandbox.status_of("slow") == "interrupted");
}

TEST_CASE("a second Ctrl-C kills steps that ignore the first, at once") {
  Sandbox sandbox;
  const json hour{{"steps", {{"run", {{"program", "steps/run.sh"}, {"grace", "1h"}}}}}};
  sandbox.publish_and_desire(
      {{"deaf", "1.0.0",
        "trap '' TERM INT\nsetsid sh -c 'trap \"\" TERM INT; sleep 3600' &\n" + patient(""),
        hour}});
  Command apply = started(sandbox);
  apply.signal(SIGINT);
  REQUIRE(eventually([&] { return apply.out().find("stopping") != std::string::npos; }));
  CHECK_FALSE(sandbox.step_processes().empty());
  apply.signal(SIGINT);
  CHECK(apply.wait().exit_code == 130);
  CHECK(sandbox.step_processes().empty());
  CHECK(sandbox.status_of("deaf") == "interrupted");
}

TEST_CASE("a step that ignores SIGTERM is killed after its grace") {
  Sandbox sandbox;
  const json short_grace{{"steps", {{"run", {{"program", "steps/run.sh"}, {"grace", "300ms"}}}}}};
  sandbox.publish_and_desire({{"deaf", "1.0.0", "trap '' TERM\n" + patient(""), short_grace}});
  Command apply = started(sandbox);
  apply.signal(SIGINT);
  CHECK(apply.wait().exit_code == 130);
  CHECK(sandbox.evidence_of("deaf").at("execution").at(0).at("signal") == SIGKILL);
}

TEST_CASE("what was interrupted and is idempotent is retried by the next apply") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"slow", "1.0.0", patient("exit 1"), idempotent(true)}});
  Command apply = started(sandbox);
  apply.signal(SIGINT);
  CHECK(apply.wait().exit_code == 130);
  CHECK_THAT(sandbox.cemli(2, "plan -e dev --detailed-exitcode").out,
             Contains("retry") && Contains("interrupted in run"));
  REQUIRE(create_file(sandbox.effects() / "go", "", Durability::relaxed));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("up") == std::vector<std::string>{"1", "2"});
  CHECK(sandbox.status_of("slow") == "succeeded");
}

TEST_CASE("assume_idempotent stands in for a manifest that does not say it") {
  Sandbox sandbox;
  sandbox.publish({{"slow", "1.0.0", patient("exit 1")}});
  sandbox.desire("slow: {version: 1.0.0, assume_idempotent: true}");
  Command apply = started(sandbox);
  apply.signal(SIGINT);
  CHECK(apply.wait().exit_code == 130);
  REQUIRE(create_file(sandbox.effects() / "go", "", Durability::relaxed));
  sandbox.cemli(0, "apply -e dev --auto-approve");
}

TEST_CASE("a reader that goes away does not end a run") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"one", "1.0.0", "echo > $E/one"}, {"two", "1.0.0", "echo > $E/two"}});
  Invocation apply = sandbox.invocation({"apply", "-e", "dev", "--auto-approve"});
  std::string command = "(";
  for (const std::string& word : apply.argv) command += word + " ";
  apply.argv = {"/bin/sh", "-c", command + "; echo $? > code) | true"};
  CHECK(Command(apply).wait().exit_code == 0);
  CHECK(sandbox.has_effect("one"));
  CHECK(sandbox.has_effect("two"));
  CHECK(sandbox.status_of("two") == "succeeded");
}

}  // namespace
}  // namespace cemli::test
