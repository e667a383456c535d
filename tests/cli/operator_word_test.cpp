#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

constexpr const char* kCount = "echo \"$CEMLI_VERSION\" >> \"$E/$CEMLI_PACKAGE\"\n";

/// `slow` waits for the effect `go`, and `next` depends on it; an apply is in the middle of `slow`.
Command apply_in_the_middle(Sandbox& sandbox) {
  sandbox.publish_and_desire(
      {{"slow", "1.0.0", std::string(kCount) + "until [ -e $E/go ]; do sleep 0.02; done\n"},
       {"next", "1.0.0", kCount, {{"depends_on", {{"slow", "*"}}}}}});
  Command apply = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("slow").empty(); }));
  return apply;
}

void let_go(Sandbox& sandbox) {
  REQUIRE(create_file(sandbox.effects() / "go", "", Durability::relaxed));
}

TEST_CASE("what is tainted is run again, once") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0", kCount}, {"b", "1.0.0", kCount}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.cemli(0, "state taint a --why restored -e dev").out == "tainted: a\n");
  CHECK(sandbox.status_of("a") == "tainted");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("rerun") && Contains("restored"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("a").size() == 2);
  CHECK(sandbox.effect("b").size() == 1);
  CHECK_THAT(sandbox.cemli(0, "apply -e dev --auto-approve").out, Contains("No changes"));
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a wrong environment file keeps nobody from looking at the record, and from a word") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0", kCount}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("a: one\nB: 1.0.0");
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err, Contains("environments/dev.yaml:4:"));
  for (const char* words : {"status", "show latest", "logs latest a", "history", "state list",
                            "state show a", "state at 1", "audit verify"}) {
    const Ended ended = sandbox.cemli(0, std::string(words) + " -e dev");
    CHECK_FALSE(ended.out.empty());
    CHECK_THAT(ended.err, Contains("cemli validate -e dev"));
  }
  sandbox.cemli(0, "state suspend --why broken -e dev");
  CHECK_THAT(sandbox.cemli(0, "status -e dev").out, Contains("broken"));
  // What may be a misspelt 'stores' is not passed over.
  sandbox.desire("a: 1.0.0", "stroes: {}");
  CHECK_THAT(sandbox.cemli(1, "status -e dev").err, Contains("did you mean 'stores'?"));
}

TEST_CASE("a taint of what is running outlives the success of that attempt") {
  Sandbox sandbox;
  Command apply = apply_in_the_middle(sandbox);
  sandbox.cemli(0, "state taint slow --why switched -e dev");
  let_go(sandbox);
  CHECK(apply.wait().exit_code == 0);
  CHECK(sandbox.status_of("slow") == "tainted");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("slow").size() == 2);
  CHECK(sandbox.status_of("slow") == "succeeded");
}

TEST_CASE("a hold keeps an address as it is until another version is desired") {
  Sandbox sandbox;
  sandbox.publish({{"a", "1.0.0", kCount}, {"a", "2.0.0", kCount}, {"a", "3.0.0", kCount}});
  sandbox.desire("a: 1.0.0\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("a: 2.0.0\n");
  CHECK(sandbox.cemli(0, "state hold a --why audit -e dev").out == "held: a (against 2.0.0)\n");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out,
             Contains("held") && Contains("tester@") && Contains("audit"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("a") == std::vector<std::string>{"1.0.0"});
  SECTION("another version is desired") {
    sandbox.desire("a: 3.0.0\n");
    sandbox.cemli(0, "apply -e dev --auto-approve");
    CHECK(sandbox.effect("a") == std::vector<std::string>{"1.0.0", "3.0.0"});
  }
  SECTION("it is released") {
    CHECK(sandbox.cemli(0, "state release a --why over -e dev").out == "released: a\n");
    sandbox.cemli(0, "apply -e dev --auto-approve");
    CHECK(sandbox.effect("a") == std::vector<std::string>{"1.0.0", "2.0.0"});
  }
}

TEST_CASE("a hold can stand against what another commit desires") {
  Sandbox sandbox;
  sandbox.publish({{"a", "1.0.0", kCount}, {"a", "2.0.0", kCount}});
  sandbox.desire("a: 1.0.0\n");
  sandbox.git({"checkout", "--quiet", "-b", "next"});
  sandbox.desire("a: 2.0.0\n");
  sandbox.git({"checkout", "--quiet", "main"});
  CHECK(sandbox.cemli(0, "state hold a --why audit --ref next -e dev").out ==
        "held: a (against 2.0.0)\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.cemli(0, "apply -e dev --auto-approve --ref next");
  CHECK(sandbox.effect("a") == std::vector<std::string>{"1.0.0"});
}

TEST_CASE("a hold or a suspension stops what a running run has not started") {
  Sandbox sandbox;
  Command apply = apply_in_the_middle(sandbox);
  const std::string word = GENERATE("hold next", "suspend");
  const std::string undone = word == "suspend" ? "resume" : "release next";
  sandbox.cemli(0, "state " + word + " --why careful -e dev");
  let_go(sandbox);
  apply.wait();
  CHECK(sandbox.status_of("slow") == "succeeded");
  CHECK_FALSE(sandbox.has_effect("next"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK_FALSE(sandbox.has_effect("next"));
  sandbox.cemli(0, "state " + undone + " --why fine -e dev");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("next").size() == 1);
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a word that makes no sense is refused, and nothing is written") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"gl-base", "1.0.0"}, {"other", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const auto before = Sandbox::contents(sandbox.store() / "state");
  const auto refusal = [&](const std::string& words) {
    return sandbox.cemli(1, "state " + words + " -e dev").err;
  };
  CHECK_THAT(refusal("taint gl-bse other --why x"), Contains("nothing is recorded of 'gl-bse'"));
  CHECK_THAT(refusal("taint GL --why x"), Contains("'GL'"));
  CHECK_THAT(refusal("taint gl-base"), Contains("--why is required"));
  CHECK_THAT(refusal("hold gl-bse --why x"),
             Contains("'gl-bse' is not desired") && Contains("did you mean 'gl-base'?"));
  CHECK_THAT(refusal("hold gl-base --ref nowhere --why x"), Contains("nowhere"));
  CHECK_THAT(refusal("release gl-base --why x"), Contains("there is no hold on 'gl-base'"));
  CHECK_THAT(refusal("resume --why x"), Contains("is not suspended"));
  CHECK(Sandbox::contents(sandbox.store() / "state") == before);
  sandbox.cemli(0, "state suspend --why closing -e dev");
  CHECK_THAT(refusal("suspend --why x"),
             Contains("is suspended already, by tester@") && Contains("closing"));
}

TEST_CASE("an operator's first word in an embedded store stays out of Git") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0"}});
  std::filesystem::remove(sandbox.store() / ".gitignore");
  sandbox.cemli(0, "state suspend --why later -e dev");
  CHECK(sandbox.git({"status", "--porcelain"}).empty());
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.status_of("a").empty());
}

TEST_CASE("a success that only an operator knows of has no duration") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"a", "1.0.0", "echo > $E/up\n[ $CEMLI_ATTEMPT -gt 1 ] || sleep 60\n"}});
  Command apply = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("up").empty(); }));
  apply.signal(SIGKILL);
  apply.wait();
  sandbox.cemli(0, "state resolve a --succeeded --why seen -e dev");
  sandbox.cemli(0, "state taint a --why again -e dev");
  CHECK(sandbox.cemli(0, "plan -e dev").out.find("last took") == std::string::npos);
  CHECK(sandbox.json_of("state show a -e dev --json")["package"]["last_success"]["seconds"]
            .is_null());
}

}  // namespace
}  // namespace cemli::test
