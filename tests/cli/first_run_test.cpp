#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("where the stores are named, an empty record is not taken for an empty environment") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo ran >> $E/one"}},
                             "stores: {packages: 'file:.cemli/packages', results: 'file:.cemli/r', "
                             "state: 'file:.cemli/s'}\n");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("Nothing was ever recorded"));
  for (const char* words : {"apply -e dev --auto-approve", "reconcile -e dev --once"}) {
    const Ended refused = sandbox.cemli(4, words);
    CHECK_THAT(refused.err, Contains("nothing was ever recorded") && Contains("--first-run"));
  }
  CHECK_FALSE(sandbox.has_effect("one"));
  CHECK_FALSE(std::filesystem::exists(sandbox.store() / "s"));
  SECTION("apply") {
    sandbox.cemli(0, "apply -e dev --auto-approve --first-run");
  }
  SECTION("reconcile") {
    sandbox.cemli(0, "reconcile -e dev --once --first-run");
  }
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.cemli(0, "reconcile -e dev --once");
  CHECK(sandbox.effect("one").size() == 1);
}

TEST_CASE("an embedded store needs no word that it is new") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.cemli(0, "apply -e dev --auto-approve --first-run");
}

}  // namespace
}  // namespace cemli::test
