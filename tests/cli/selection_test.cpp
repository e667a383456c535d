#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

/// base <- top, and free; each leaves its name as an effect.
void publish_three(Sandbox& sandbox) {
  const std::string run = "touch $E/$CEMLI_PACKAGE";
  sandbox.publish_and_desire({{"base", "1.0.0", run},
                              {"free", "1.0.0", run},
                              {"top", "1.0.0", run, {{"depends_on", {{"base", "^1"}}}}}});
}

TEST_CASE("a target takes its dependencies along, and the plan says that it is partial") {
  Sandbox sandbox;
  publish_three(sandbox);
  const Ended plan = sandbox.cemli(0, "plan -e dev --target top");
  CHECK_THAT(plan.out, Contains("This plan is partial: only top and what it needs.") &&
                           Contains("2 to run") && !Contains("free"));
  sandbox.cemli(0, "apply -e dev --target top --auto-approve");
  CHECK(sandbox.has_effect("base"));
  CHECK(sandbox.has_effect("top"));
  CHECK_FALSE(sandbox.has_effect("free"));
  CHECK(sandbox.events("run.finished").at(0).at("converged") == false);
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.has_effect("free"));
  CHECK(sandbox.events("run.finished").at(1).at("converged") == true);
}

TEST_CASE("what is excluded is left out with what needs it") {
  Sandbox sandbox;
  publish_three(sandbox);
  const Ended plan = sandbox.cemli(0, "plan -e dev --exclude base");
  CHECK_THAT(plan.out, Contains("This plan is partial: without base and what needs it.") &&
                           Contains("1 to run"));
  sandbox.cemli(0, "apply -e dev --exclude base --auto-approve");
  CHECK(sandbox.has_effect("free"));
  CHECK_FALSE(sandbox.has_effect("base"));
  CHECK_FALSE(sandbox.has_effect("top"));
}

TEST_CASE("an unknown target is an error with a suggestion, and nothing is done") {
  Sandbox sandbox;
  publish_three(sandbox);
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --target tob --auto-approve").err,
             Contains("'tob'") && Contains("did you mean 'top'?"));
  CHECK_THAT(sandbox.cemli(1, "plan -e dev --target free --exclude free").err,
             Contains("nothing is left of the plan"));
  CHECK(sandbox.events().empty());
}

TEST_CASE("the graph and the plan are drawn for Graphviz") {
  Sandbox sandbox;
  publish_three(sandbox);
  CHECK(sandbox.cemli(0, "graph -e dev").out ==
        "digraph \"dev\" {\n  rankdir=LR;\n  node [shape=box];\n"
        "  \"base\" [label=\"base\\n1.0.0\"];\n  \"free\" [label=\"free\\n1.0.0\"];\n"
        "  \"top\" [label=\"top\\n1.0.0\"];\n  \"base\" -> \"top\";\n}\n");
  sandbox.cemli(0, "apply -e dev --target base --auto-approve");
  const std::string plan = sandbox.cemli(0, "plan -e dev --format dot").out;
  CHECK_THAT(plan, Contains("\"base\" [label=\"base\\n1.0.0\\nnone\", style=dashed") &&
                       Contains("\"top\" [label=\"top\\n1.0.0\\nrun\", color=darkgreen];") &&
                       Contains("\"base\" -> \"top\";"));
}

}  // namespace
}  // namespace cemli::test
