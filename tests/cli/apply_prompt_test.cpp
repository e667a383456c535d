#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/cli/terminal_session.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

const std::vector<std::string> kApply{"apply", "-e", "dev"};

Sandbox sandbox_with_work() {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo ran >> $E/one"}});
  return sandbox;
}

TEST_CASE("'yes' on a terminal applies the plan") {
  Sandbox sandbox = sandbox_with_work();
  TerminalSession session(sandbox.invocation(kApply));
  session.expect("Apply this to 'dev'?");
  CHECK_FALSE(std::filesystem::exists(sandbox.store() / "state"));
  session.type("yes\n");
  CHECK(session.wait().exit_code == 0);
  CHECK(sandbox.effect("one").size() == 1);
}

TEST_CASE("anything but 'yes' applies nothing and writes nothing") {
  Sandbox sandbox = sandbox_with_work();
  const auto before = Sandbox::contents(sandbox.repository());
  for (const char* answer : {"no\n", "y\n", "YES\n", "\n", "yes please\n", "\x04"}) {
    TerminalSession session(sandbox.invocation(kApply));
    session.expect("Apply this to 'dev'?");
    session.type(answer);
    const Ended ended = session.wait();
    CHECK(ended.exit_code == 1);
    CHECK_THAT(ended.out, Contains("not approved; nothing was done"));
  }
  CHECK(Sandbox::contents(sandbox.repository()) == before);
  CHECK_FALSE(sandbox.has_effect("one"));
}

TEST_CASE("Ctrl-C at the question applies nothing") {
  Sandbox sandbox = sandbox_with_work();
  const auto before = Sandbox::contents(sandbox.repository());
  TerminalSession session(sandbox.invocation(kApply));
  session.expect("Apply this to 'dev'?");
  session.type("\x03");
  const Ended ended = session.wait();
  CHECK((ended.exit_code == 130 || ended.signal == 2));
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

TEST_CASE("without a terminal and without --auto-approve nothing is done") {
  Sandbox sandbox = sandbox_with_work();
  const auto before = Sandbox::contents(sandbox.repository());
  Invocation apply = sandbox.invocation(kApply);
  apply.input = "yes\n";
  const Ended ended = Command(apply).wait();
  CHECK(ended.exit_code == 1);
  CHECK_THAT(ended.err, Contains("no terminal") && Contains("--auto-approve"));
  CHECK(Sandbox::contents(sandbox.repository()) == before);
  CHECK_FALSE(sandbox.has_effect("one"));
}

TEST_CASE("Ctrl-C on a terminal stops a run, whose steps are not on that terminal") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"slow", "1.0.0",
                               "trap 'echo INT >> $E/signals' INT\n"
                               "trap 'echo TERM >> $E/signals; exit 1' TERM\n"
                               "echo up > $E/up\nwhile :; do sleep 0.02; done\n"}});
  TerminalSession session(sandbox.invocation({"apply", "-e", "dev", "--auto-approve"}));
  REQUIRE(eventually([&] { return !sandbox.effect("up").empty(); }));
  session.type("\x03");
  CHECK(session.wait().exit_code == 130);
  CHECK(sandbox.effect("signals") == std::vector<std::string>{"TERM"});
}

TEST_CASE("colour is for terminals, and NO_COLOR holds") {
  Sandbox sandbox = sandbox_with_work();
  sandbox.environment()["TERM"] = "xterm";
  CHECK_THAT(TerminalSession(sandbox.invocation({"plan", "-e", "dev"})).wait().out,
             Contains("\x1b["));
  CHECK(sandbox.cemli(0, "plan -e dev").out.find('\x1b') == std::string::npos);
  sandbox.environment()["NO_COLOR"] = "1";
  CHECK(TerminalSession(sandbox.invocation({"plan", "-e", "dev"})).wait().out.find('\x1b') ==
        std::string::npos);
}

}  // namespace
}  // namespace cemli::test
