#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "state/base/process.h"
#include "tests/cli/sandbox.h"
#include "tests/support/long_tests.h"

namespace cemli::test {
namespace {

using nlohmann::json;

constexpr const char* kNote = "echo \"$CEMLI_ATTEMPT $CEMLI_FENCE\" >> \"$E/$CEMLI_PACKAGE\"\n";

TEST_CASE("of sixteen that apply at once one runs and the others say who does") {
  const int rounds = is_long() ? 50 : 3;
  for (int round = 0; round < rounds; ++round) {
    Sandbox sandbox;
    std::vector<PackageSource> sources;
    for (int i = 0; i < 8; ++i) sources.push_back({fmt::format("p{}", i), "1.0.0", kNote});
    sandbox.publish_and_desire(sources);
    std::vector<Command> commands;
    for (int i = 0; i < 16; ++i) commands.push_back(sandbox.start("apply -e dev --auto-approve"));
    int done = 0;
    for (Command& command : commands) {
      const Ended ended = command.wait();
      CAPTURE(ended.out, ended.err);
      CHECK((ended.exit_code == 0 || ended.exit_code == 5));
      if (ended.exit_code == 5) CHECK(ended.err.find("is locked by run ") != std::string::npos);
      if (ended.exit_code == 0) ++done;
    }
    CHECK(done >= 1);
    for (const PackageSource& source : sources) CHECK(sandbox.effect(source.name).size() == 1);
    sandbox.cemli(0, "audit verify -e dev");
  }
}

TEST_CASE("with a lock timeout a run waits for the other and then has nothing to do") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"slow", "1.0.0",
                               "echo x >> \"$E/slow\"\n"
                               "while [ ! -e \"$E/go\" ]; do sleep 0.01; done\n"}});
  Command first = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("slow").empty(); }));
  Command second = sandbox.start("apply -e dev --auto-approve --lock-timeout 1m");
  REQUIRE(eventually([&] { return second.err().find("waiting for run ") != std::string::npos; }));
  const Ended third = sandbox.cemli(5, "apply -e dev --auto-approve");
  CHECK(third.err.find("is locked by run ") != std::string::npos);
  REQUIRE(write_scratch_file(sandbox.effects() / "go", "", 0644));
  CHECK(first.wait().exit_code == 0);
  const Ended waited = second.wait();
  CHECK(waited.exit_code == 0);
  CHECK(waited.out.find("No changes") != std::string::npos);
  CHECK(sandbox.effect("slow").size() == 1);
}

TEST_CASE("a run that is stopped past its lease loses its steps, its place and nothing else") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"first",
        "1.0.0",
        std::string(kNote) + "[ \"$CEMLI_ATTEMPT\" = 2 ] || while :; do sleep 0.05; done\n",
        {{"idempotent", true}}}},
      "lease: 2s\n");
  Command stopped = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("first").empty(); }));
  const std::string run = sandbox.events("run.started").front()["run"];
  stopped.signal(SIGSTOP);
  // The warden counts the lease by its own clock.
  REQUIRE(eventually([&] { return processes_with("CEMLI_RUN_ID", run).empty(); }));
  REQUIRE_FALSE(stopped.has_ended());
  sandbox.cemli(0, "apply -e dev --auto-approve --lock-timeout 1m");
  const auto entries = Sandbox::contents(sandbox.store() / "state");
  stopped.signal(SIGCONT);
  const Ended ended = stopped.wait();
  CHECK(ended.exit_code == 5);
  CHECK(ended.err.find("this run was set aside by ") != std::string::npos);
  CHECK(Sandbox::contents(sandbox.store() / "state") == entries);
  const std::vector<std::string> effects = sandbox.effect("first");
  REQUIRE(effects.size() == 2);
  const auto fence = [](const std::string& line) { return std::stoi(line.substr(line.find(' '))); };
  CHECK(fence(effects[0]) < fence(effects[1]));
  CHECK(sandbox.status_of("first") == "succeeded");
  sandbox.cemli(0, "audit verify -e dev");
}

}  // namespace
}  // namespace cemli::test
