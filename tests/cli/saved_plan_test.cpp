#include <catch2/catch.hpp>

#include "state/base/file.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

const std::string kRun = "echo $CEMLI_VERSION >> $E/$CEMLI_PACKAGE";

std::string saved(Sandbox& sandbox, const std::string& options = "") {
  const std::string path = (sandbox.root() / "plan.json").string();
  sandbox.cemli(0, "plan -e dev -o " + path + options);
  return path;
}

TEST_CASE("a saved plan is applied without asking, and says how") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}});
  const std::string path = (sandbox.root() / "plan.json").string();
  CHECK_THAT(sandbox.cemli(0, "plan -e dev -o " + path).err, Contains("cemli apply " + path));
  CHECK(read_file(path).value() == sandbox.cemli(0, "plan -e dev --format json").out);
  sandbox.cemli(0, "apply " + path);
  CHECK(sandbox.effect("one") == std::vector<std::string>{"1.0.0"});
  // All of it has been done since.
  sandbox.cemli(0, "apply " + path);
  CHECK(sandbox.effect("one").size() == 1);
}

TEST_CASE("a saved plan survives a commit that changes nothing of it") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}});
  const std::string path = saved(sandbox);
  sandbox.commit("Merge");
  sandbox.cemli(0, "apply -e dev " + path);
  CHECK(sandbox.has_effect("one"));
}

TEST_CASE("what is left of a saved plan is applied after a failure") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}, {"two", "1.0.0", "test -e $E/ready"}});
  const std::string path = saved(sandbox);
  sandbox.cemli(3, "apply " + path);
  REQUIRE(write_scratch_file(sandbox.effects() / "ready", "", 0600));
  sandbox.cemli(0, "apply " + path);
  CHECK(sandbox.effect("one").size() == 1);
}

TEST_CASE("a saved plan that no longer stands is refused with what moved, exit code 6") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}});
  const std::string path = saved(sandbox);
  sandbox.publish({{"one", "1.1.0", kRun}, {"two", "1.0.0", kRun}});
  sandbox.desire("  one: 1.1.0\n  two: 1.0.0\n");
  const Ended refused = sandbox.cemli(6, "apply " + path);
  CHECK_THAT(refused.err, Contains("the saved plan no longer stands, and nothing was done") &&
                              Contains("'one': the plan brings it to identity") &&
                              Contains("'two': it is not in the plan, and now it is 'run'") &&
                              Contains("cemli plan -e dev -o FILE"));
  CHECK(sandbox.events().empty());
  // Its own commit is still there.
  sandbox.cemli(0, "apply " + path + " --ref HEAD~1");
  CHECK(sandbox.effect("one") == std::vector<std::string>{"1.0.0"});
}

TEST_CASE("a saved plan keeps to its selection") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}, {"two", "1.0.0", kRun}});
  const std::string path = saved(sandbox, " --target two");
  CHECK_THAT(sandbox.cemli(1, "apply " + path + " --target one").err,
             Contains("a saved plan is applied as it is"));
  sandbox.cemli(0, "apply " + path);
  CHECK(sandbox.has_effect("two"));
  CHECK_FALSE(sandbox.has_effect("one"));
}

TEST_CASE("a plan's file that is damaged, or of another environment, is refused") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}});
  const std::string path = saved(sandbox);
  CHECK_THAT(sandbox.cemli(1, "apply -e prod " + path).err,
             Contains("is a plan for environment 'dev', not for 'prod'"));
  CHECK_THAT(sandbox.cemli(1, "apply " + path + ".not").err, Contains("No such file"));
  std::string text = read_file(path).value();
  text.replace(text.find("\"run\""), 5, "\"none\"");
  REQUIRE(replace_file(path, text, Durability::relaxed));
  CHECK_THAT(sandbox.cemli(1, "apply " + path).err,
             Contains("is not a plan that can be applied") &&
                 Contains("it was changed after it was made"));
  CHECK(sandbox.events().empty());
}

}  // namespace
}  // namespace cemli::test
