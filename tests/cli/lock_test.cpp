#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/cli/terminal_session.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

/// An apply that is up and waits for the effect `go`; a later attempt does not wait.
Command running_apply(Sandbox& sandbox) {
  sandbox.publish_and_desire({{"slow",
                               "1.0.0",
                               "echo $CEMLI_ATTEMPT >> $E/slow\n[ $CEMLI_ATTEMPT -gt 1 ] ||\n"
                               "until [ -e $E/go ]; do sleep 0.02; done\n",
                               {{"idempotent", true}}}});
  Command apply = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("slow").empty(); }));
  return apply;
}

bool says_it_waits(const Command& command) {
  return command.err().find("waiting for run") != std::string::npos;
}

TEST_CASE("who waits for a run that is killed takes over and goes on") {
  Sandbox sandbox;
  Command first = running_apply(sandbox);
  Command second = sandbox.start("apply -e dev --auto-approve --lock-timeout 10m");
  REQUIRE(eventually([&] { return says_it_waits(second); }));
  first.signal(SIGKILL);
  const Ended ended = second.wait();
  INFO(ended.out << ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(sandbox.effect("slow") == std::vector<std::string>{"1", "2"});
  CHECK(sandbox.events("run.abandoned").size() == 1);
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a lock timeout that passes is exit code 5, with nothing written") {
  Sandbox sandbox;
  Command first = running_apply(sandbox);
  const auto before = Sandbox::contents(sandbox.store() / "state");
  const Ended second = sandbox.cemli(5, "apply -e dev --auto-approve --lock-timeout 300ms");
  CHECK_THAT(second.err, Contains("waiting for run") && Contains("is locked by run"));
  CHECK(Sandbox::contents(sandbox.store() / "state") == before);
}

TEST_CASE("who waits for a run can be stopped, and has done nothing") {
  Sandbox sandbox;
  Command first = running_apply(sandbox);
  const auto before = Sandbox::contents(sandbox.store() / "state");
  Command second = sandbox.start("apply -e dev --auto-approve --lock-timeout 10m");
  REQUIRE(eventually([&] { return says_it_waits(second); }));
  second.signal(SIGINT);
  const Ended ended = second.wait();
  CHECK((ended.exit_code == 130 || ended.signal == SIGINT));
  CHECK(Sandbox::contents(sandbox.store() / "state") == before);
}

TEST_CASE("a run whose folder for steps was left by a killed one is tidied by the next") {
  Sandbox sandbox;
  Command first = running_apply(sandbox);
  first.signal(SIGKILL);
  static_cast<void>(first.wait());
  REQUIRE_FALSE(std::filesystem::is_empty(sandbox.root() / "tmp"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(std::filesystem::is_empty(sandbox.root() / "tmp"));
}

const std::vector<std::string> kApply{"apply", "-e", "dev"};

TEST_CASE("a plan that is approved while another run is active is not blocked but locked") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"slow", "1.0.0", "echo > $E/slow\nuntil [ -e $E/go ]; do sleep 0.02; done\n"}});
  TerminalSession asked(sandbox.invocation(kApply));
  asked.expect("Apply this to 'dev'?");
  Command other = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("slow").empty(); }));
  asked.type("yes\n");
  const Ended ended = asked.wait();
  INFO(ended.out);
  CHECK(ended.exit_code == 5);
  CHECK_THAT(ended.out, Contains("is locked by run"));
}

TEST_CASE("a plan that was carried out by another run before it was approved is done") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo >> $E/one"}});
  TerminalSession asked(sandbox.invocation(kApply));
  asked.expect("Apply this to 'dev'?");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  asked.type("yes\n");
  const Ended ended = asked.wait();
  CHECK(ended.exit_code == 0);
  CHECK_THAT(ended.out, Contains("the record has moved on") && Contains("No changes"));
  CHECK(sandbox.effect("one").size() == 1);
}

TEST_CASE("a plan that is another one by the time it was approved is asked about again") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo >> $E/one\n[ $CEMLI_ATTEMPT -gt 1 ]\n"},
                              {"two", "1.0.0", "echo >> $E/two"}});
  TerminalSession asked(sandbox.invocation(kApply));
  asked.expect("Apply this to 'dev'?");
  sandbox.cemli(3, "apply -e dev --auto-approve");
  asked.type("yes\n");
  asked.expect("the record has moved on");
  asked.expect("1 to retry");
  asked.type("yes\n");
  const Ended ended = asked.wait();
  CHECK(ended.exit_code == 0);
  CHECK(sandbox.effect("one").size() == 2);
  CHECK(sandbox.effect("two").size() == 1);
}

TEST_CASE("environments of one repository do not wait for one another") {
  Sandbox sandbox;
  Command first = running_apply(sandbox);
  sandbox.write("environments/test.yaml",
                "format: 1\nenvironment: test\npackages:\n  quick: 1.0.0\n");
  sandbox.publish({{"quick", "1.0.0", "echo $CEMLI_ENVIRONMENT > $E/quick"}});
  sandbox.commit();
  sandbox.cemli(0, "apply -e test --auto-approve");
  CHECK(sandbox.effect("quick") == std::vector<std::string>{"test"});
}

}  // namespace
}  // namespace cemli::test
