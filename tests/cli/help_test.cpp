#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("each command has help with an example") {
  Sandbox sandbox;
  for (const std::string command : {"",
                                    "validate ",
                                    "plan ",
                                    "graph ",
                                    "apply ",
                                    "reconcile ",
                                    "status ",
                                    "promote ",
                                    "show ",
                                    "logs ",
                                    "audit ",
                                    "audit verify ",
                                    "audit export ",
                                    "version ",
                                    "state ",
                                    "state list ",
                                    "state show ",
                                    "state resolve ",
                                    "state unlock ",
                                    "state taint ",
                                    "state hold ",
                                    "state release ",
                                    "state suspend ",
                                    "state resume ",
                                    "state forget ",
                                    "state adopt ",
                                    "state move ",
                                    "state refresh ",
                                    "state at ",
                                    "history ",
                                    "diff ",
                                    "package ",
                                    "package build ",
                                    "package publish ",
                                    "package sign ",
                                    "package adopt ",
                                    "lock ",
                                    "package list ",
                                    "package verify ",
                                    "init ",
                                    "doctor ",
                                    "store ",
                                    "store check "}) {
    const Ended help = sandbox.cemli(0, command + "--help");
    CHECK_THAT(help.out, Contains("Example:\n  cemli " + command.substr(0, command.size() - 1)));
    CHECK(help.err.empty());
    CHECK(sandbox.cemli(0, command + "-h").out == help.out);
  }
}

TEST_CASE("an unknown command or option is an error with a hint") {
  Sandbox sandbox;
  for (const char* words :
       {"aply -e dev", "plan --refs x -e dev", "state", "package", "audit", "state lst -e dev",
        "show -e dev", "apply -j 0 -e dev", "apply -j many -e dev", "package build", ""}) {
    INFO("cemli " << words);
    const Ended refused = sandbox.cemli(1, words);
    CHECK_THAT(refused.err, Catch::Matchers::StartsWith("error: "));
    CHECK_THAT(refused.err, Contains("cemli") && Contains("--help"));
    CHECK(refused.out.empty());
  }
}

TEST_CASE("a bad value of an option is an error that says what would be good") {
  Sandbox sandbox;
  CHECK_THAT(sandbox.cemli(1, "apply --lock-timeout soon -e dev").err,
             Contains("--lock-timeout") && Contains("'soon'") && Contains("ms, s, m, h or d"));
  CHECK_THAT(sandbox.cemli(1, "plan --format xml -e dev").err,
             Contains("'xml'") && Contains("text, json, markdown or dot"));
}

TEST_CASE("cemli tells its version") {
  Sandbox sandbox;
  CHECK(sandbox.cemli(0, "version").out.starts_with("cemli 0."));
}

}  // namespace
}  // namespace cemli::test
