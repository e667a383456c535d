#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/normalized.h"
#include "tests/cli/sandbox.h"
#include "tests/support/golden.h"

namespace cemli::test {
namespace {

using nlohmann::json;

/// Commands and all they print, as a person sees it.
class Transcript {
 public:
  explicit Transcript(Sandbox& sandbox) : sandbox_(&sandbox) {}

  void run(int exit_code, const std::string& words) {
    const Ended ended = sandbox_->cemli(exit_code, words);
    text_ += "$ cemli " + words + "\n" + ended.out;
    if (!ended.err.empty()) text_ += "(standard error)\n" + ended.err;
    text_ += "(exit code " + std::to_string(exit_code) + ")\n\n";
  }

  void check(const std::string& name) const {
    check_golden("cli/" + name + ".txt", normalized(text_, *sandbox_));
  }

 private:
  Sandbox* sandbox_;
  std::string text_;
};

/// What a small team's first week looks like, one command's output after the other.
TEST_CASE("a failure and its repair read like this") {
  Sandbox sandbox;
  Transcript transcript(sandbox);
  // A chain, as packages that may run in any order would be told in any order.
  const auto after = [](const char* name) { return json{{"depends_on", {{name, ">=1"}}}}; };
  json load = {{"parameters", {{"limit", {{"type", "integer"}, {"default", 10}}}}}};
  json base = after("po-load");
  base["reversible"] = "yes";
  json print = after("gl-base");
  print["idempotent"] = true;
  sandbox.publish(
      {{"po-load", "1.0.0", ":", load},
       {"gl-base", "1.0.0", "echo created 3 tables", base},
       {"ar-print", "2.1.0", "echo printing; echo 'wrong amount: 12.00' >&2; exit 3", print},
       {"ar-print", "2.1.1", "echo printing", print},
       {"vat-report", "1.0.0", ":", after("ar-print")}});
  sandbox.desire("gl-base: 1.0.0\nar-print: 2.1.0\nvat-report: 1.0.0\npo-load: 1.0.0");
  transcript.run(0, "plan -e dev");
  transcript.run(3, "apply -e dev --auto-approve -j 1");
  transcript.run(0, "status -e dev");
  transcript.run(0, "show latest -e dev");
  transcript.run(0, "logs latest ar-print -e dev");
  transcript.run(0, "state list -e dev");

  sandbox.desire("gl-base: 1.0.0\nar-print: 2.1.1\nvat-report: 1.0.0\npo-load: 1.0.0");
  transcript.run(2, "plan -e dev --detailed-exitcode");
  transcript.run(0, "apply -e dev --auto-approve -j 1");
  transcript.run(0, "plan -e dev");
  transcript.run(0, "status -e dev");
  transcript.run(0, "state show ar-print -e dev");
  transcript.run(0, "audit verify -e dev");
  sandbox.desire(
      "gl-base: 1.0.0\nar-print: 2.1.1\nvat-report: 1.0.0\n"
      "po-load: {version: 1.0.0, parameters: {limit: 12}}");
  transcript.run(0, "plan -e dev");
  transcript.check("failure_and_repair");
}

TEST_CASE("an interruption and its resolution read like this") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"po-load", "1.0.0", "echo half of it; echo > $E/up; sleep 3600"}});
  Command apply = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("up").empty(); }));
  Transcript transcript(sandbox);
  transcript.run(5, "apply -e dev --auto-approve");
  apply.signal(SIGKILL);
  static_cast<void>(apply.wait());
  REQUIRE(eventually([&] { return sandbox.step_processes().empty(); }));
  transcript.run(0, "plan -e dev");
  transcript.run(3, "apply -e dev --auto-approve");
  transcript.run(0, "status -e dev");
  transcript.run(0, "state resolve po-load --succeeded --why counted -e dev");
  transcript.run(0, "plan -e dev");
  transcript.run(0, "state show po-load -e dev");
  transcript.check("interruption");
}

TEST_CASE("the problems of an environment file read like this") {
  Sandbox sandbox;
  Transcript transcript(sandbox);
  sandbox.publish({{"one", "1.0.0", ":", {{"depends_on", {{"two", "^2"}}}}}, {"two", "1.0.0"}});
  sandbox.write("environments/dev.yaml",
                "format: 1\nenvironment: dev\ndescripton: typo\nlease: soon\npackages:\n"
                "  one: 1.0.0\n  one: 1.0.0\n  two: latest\n  Three: 1.0.0\n");
  sandbox.commit();
  transcript.run(1, "validate -e dev");
  sandbox.desire("one: {version: 1.0.0, parameters: {limit: 1}}\ntwo: 1.0.0\nthree: 3.0.0");
  transcript.run(1, "validate -e dev");
  transcript.check("problems");
}

}  // namespace
}  // namespace cemli::test
