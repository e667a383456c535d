#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// Puts a file where a folder should be: nothing can be written there, not even by root.
class Blocked {
 public:
  explicit Blocked(fs::path folder) : folder_(std::move(folder)) {
    if (fs::exists(folder_)) fs::rename(folder_, aside());
    REQUIRE(create_file(folder_, "", Durability::relaxed));
  }
  void lift() const {
    fs::remove(folder_);
    if (fs::exists(aside())) fs::rename(aside(), folder_);
  }

 private:
  [[nodiscard]] fs::path aside() const { return folder_.string() + "-aside"; }
  fs::path folder_;
};

TEST_CASE("where evidence cannot be written nothing is run, and no run is left active") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo > $E/one"}});
  const Blocked results(sandbox.store() / "results");
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --auto-approve").err, Contains("results"));
  CHECK_FALSE(sandbox.has_effect("one"));
  results.lift();
  CHECK(sandbox.json_of("status -e dev --json").at("active_run").is_null());
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.has_effect("one"));
}

TEST_CASE("where the log cannot be written nothing is run") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo > $E/one"}});
  const Blocked state(sandbox.store() / "state");
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --auto-approve").err, Contains("state"));
  CHECK_FALSE(sandbox.has_effect("one"));
}

TEST_CASE("where steps cannot have a folder nothing is run, and no run is left active") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo > $E/one"}});
  sandbox.environment()["TMPDIR"] = (sandbox.root() / "nowhere").string();
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --auto-approve").err, Contains("nowhere"));
  CHECK_FALSE(sandbox.has_effect("one"));
  CHECK(sandbox.json_of("status -e dev --json").at("active_run").is_null());
  sandbox.environment()["TMPDIR"] = (sandbox.root() / "tmp").string();
  sandbox.cemli(0, "apply -e dev --auto-approve");
}

TEST_CASE("a store that is lost in the middle starts nothing more and forgets nothing done") {
  for (const char* lost : {"state", "results"}) {
    INFO(lost);
    Sandbox sandbox;
    sandbox.publish_and_desire(
        {{"a-first", "1.0.0", "echo ran >> $E/a"},
         {"b-slow",
          "1.0.0",
          "echo $CEMLI_ATTEMPT >> $E/b\nuntil [ -e $E/go ]; do sleep 0.02; done\n",
          {{"depends_on", {{"a-first", "*"}}}, {"idempotent", true}}},
         {"c-last", "1.0.0", "echo ran >> $E/c", {{"depends_on", {{"b-slow", "*"}}}}}},
        "lease: 2s\n");
    Command apply = sandbox.start("apply -e dev --auto-approve");
    REQUIRE(eventually([&] { return sandbox.has_effect("b"); }));
    const Blocked blocked(sandbox.store() / lost);
    REQUIRE(create_file(sandbox.effects() / "go", "", Durability::relaxed));
    const Ended ended = apply.wait();
    CHECK((ended.exit_code == 1 || ended.exit_code == 7));
    CHECK_THAT(ended.err, Contains("error: "));
    CHECK_FALSE(sandbox.has_effect("c"));
    blocked.lift();
    sandbox.cemli(0, "apply -e dev --auto-approve --lock-timeout 1m");
    CHECK(sandbox.effect("a").size() == 1);
    CHECK(sandbox.effect("b") == std::vector<std::string>{"1", "2"});
    CHECK(sandbox.effect("c").size() == 1);
    sandbox.cemli(0, "audit verify -e dev");
  }
}

}  // namespace
}  // namespace cemli::test
