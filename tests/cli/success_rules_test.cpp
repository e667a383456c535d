#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// A package whose `run` has these success rules.
PackageSource package(const std::string& run, const json& success) {
  return {.name = "one",
          .run = run,
          .manifest = {{"steps", {{"run", {{"program", "steps/run.sh"}, {"success", success}}}}}}};
}

}  // namespace

TEST_CASE("an installer that prints an error and exits 0 has failed, and the line is quoted") {
  Sandbox box;
  box.publish_and_desire({package("echo Connected.; echo 'ORA-00942: table or view does not exist'",
                                  {{"rules", {"oracle"}}})});
  const Ended applied = box.cemli(3, "apply -e dev --auto-approve");
  const std::string quoted =
      "run: exit code 0, but stdout:2: 'ORA-00942: table or view does not exist' (oracle/ora)";
  CHECK_THAT(applied.out, Contains(quoted));
  CHECK(box.status_of("one") == "failed");
  CHECK_THAT(box.cemli(0, "show latest -e dev").out, Contains(quoted));
  CHECK_THAT(box.cemli(0, "logs latest one -e dev").out,
             Contains("fail: stdout:2: ORA-00942: table or view does not exist (oracle/ora)"));
  const json step = box.evidence_of("one").at("execution").at(0);
  CHECK(step.at("returncode") == 0);
  CHECK(step.at("rule_hits") ==
        json::array({{{"kind", "fail"},
                      {"rule", "oracle/ora"},
                      {"file", "stdout"},
                      {"line", 2},
                      {"text", "ORA-00942: table or view does not exist"}}}));
}

TEST_CASE("what a package allows is no failure, but only where that very code was hit") {
  Sandbox box;
  const json success{{"rules", {"oracle"}}, {"allow", {"ORA-00955"}}};
  box.publish_and_desire({package("echo 'ORA-00955: name is already used' >&2", success)});
  box.cemli(0, "apply -e dev --auto-approve");
  Sandbox other;
  other.publish_and_desire(
      {package("echo 'ORA-39342: failed due to ORA-00955: name is already used'", success)});
  other.cemli(3, "apply -e dev --auto-approve");
}

TEST_CASE("a log file is judged like output, and so is its absence of success") {
  Sandbox box;
  const json success{{"rules", {"oracle:fndload"}}, {"logs", {"L*.log"}}};
  box.publish_and_desire({package("echo 'Log filename : L1.log'; echo Loaded > L1.log", success)});
  const Ended first = box.cemli(3, "apply -e dev --auto-approve");
  CHECK_THAT(first.out, Contains("no line shows success (oracle:fndload)"));

  Sandbox good;
  good.publish_and_desire(
      {package("echo 'Concurrent request completed successfully' > L1.log", success)});
  good.cemli(0, "apply -e dev --auto-approve");

  Sandbox bad;
  bad.publish_and_desire(
      {package("printf '%s\\n' 'Concurrent request completed successfully' "
               "'ORA-20001: APP-FND-01564: ORACLE error 1403' > L1.log",
               success)});
  CHECK_THAT(bad.cemli(3, "apply -e dev --auto-approve").out,
             Contains("exit code 0, but L1.log:2: 'ORA-20001: APP-FND-01564: ORACLE error 1403'"));
}

TEST_CASE("a warning is shown and fails nothing") {
  Sandbox box;
  box.publish_and_desire({package("echo x is deprecated", {{"warn", {"deprecated"}}})});
  CHECK_THAT(box.cemli(0, "apply -e dev --auto-approve").out,
             Contains("warning: run: stdout:1: 'x is deprecated' (deprecated)"));
  CHECK(box.status_of("one") == "succeeded");
}

TEST_CASE("output beyond what is kept is judged all the same") {
  Sandbox box;
  // 24 MiB, and the error in the middle of them.
  const std::string filler = "yes 'nothing to see here at all' | head -c 12582912; ";
  box.publish_and_desire(
      {package(filler + "echo; echo 'ORA-01653: unable to extend table'; " + filler,
               {{"rules", {"oracle"}}})});
  CHECK_THAT(box.cemli(3, "apply -e dev --auto-approve").out,
             Contains("'ORA-01653: unable to extend table' (oracle/ora)"));
  CHECK(box.evidence_of("one").at("execution").at(0).at("stdout").at("dropped") > 0);
}

TEST_CASE("a pattern that is none is told when the package is built") {
  Sandbox box;
  const auto folder = box.write_package(package("true", {{"fail", {"("}}, {"rules", {"orcale"}}}));
  const Ended built = box.cemli(1, {"package", "build", folder.string()});
  CHECK_THAT(built.err, Contains("/steps/run/success/fail/0: '(' is not a pattern"));
  CHECK_THAT(built.err, Contains("/steps/run/success/rules/0: there are no rules 'orcale'; did you "
                                 "mean 'oracle'?"));
}

}  // namespace cemli::test
