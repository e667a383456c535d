#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// A package that is not idempotent, killed together with cemli in the middle of its first attempt.
Sandbox interrupted_sandbox() {
  Sandbox sandbox;
  const std::string run = "echo $CEMLI_ATTEMPT >> $E/up\n[ $CEMLI_ATTEMPT -gt 1 ] || sleep 3600\n";
  sandbox.publish_and_desire(
      {{"risky", "1.0.0", run},
       {"child", "1.0.0", "echo > $E/child", {{"depends_on", {{"risky", "*"}}}}}});
  Command apply = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("up").empty(); }));
  apply.signal(SIGKILL);
  CHECK(apply.wait().signal == SIGKILL);
  REQUIRE(eventually([&] { return sandbox.step_processes().empty(); }));
  return sandbox;
}

Ended resolve(Sandbox& sandbox, int exit_code, const std::string& how) {
  return sandbox.cemli(exit_code,
                       {"state", "resolve", "risky", how, "--why", "looked at it", "-e", "dev"});
}

TEST_CASE("an interrupted package that is not idempotent is blocked until an operator decides") {
  Sandbox sandbox = interrupted_sandbox();
  CHECK(sandbox.status_of("risky") == "interrupted");
  CHECK_THAT(sandbox.cemli(0, "status -e dev").out,
             Contains("interrupted") && !Contains("running"));
  CHECK_THAT(sandbox.cemli(2, "plan -e dev --detailed-exitcode").out,
             Contains("cemli state resolve risky --succeeded|--failed|--retry --why TEXT -e dev"));
  sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("up").size() == 1);
  CHECK_FALSE(sandbox.has_effect("child"));

  SECTION("--succeeded: it is not run again, and its dependents run") {
    resolve(sandbox, 0, "--succeeded");
    sandbox.cemli(0, "apply -e dev --auto-approve");
    CHECK(sandbox.effect("up").size() == 1);
    CHECK(sandbox.has_effect("child"));
    CHECK(sandbox.status_of("risky") == "succeeded");
  }
  SECTION("--failed: it has failed, and is tried again") {
    resolve(sandbox, 0, "--failed");
    CHECK(sandbox.status_of("risky") == "failed");
    sandbox.cemli(0, "apply -e dev --auto-approve");
    CHECK(sandbox.effect("up") == std::vector<std::string>{"1", "2"});
  }
  SECTION("--retry: it is tried again") {
    resolve(sandbox, 0, "--retry");
    sandbox.cemli(0, "apply -e dev --auto-approve");
    CHECK(sandbox.effect("up") == std::vector<std::string>{"1", "2"});
    CHECK(sandbox.status_of("risky") == "succeeded");
  }
  const json resolved = sandbox.events("package.resolved").at(0);
  CHECK(resolved.at("why") == "looked at it");
  CHECK(resolved.at("attempt") == 1);
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a kill before any other run is told by all that read") {
  Sandbox sandbox = interrupted_sandbox();
  const auto before = Sandbox::contents(sandbox.store() / "state");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("interrupted"));
  sandbox.cemli(0, "status -e dev");
  sandbox.cemli(0, "show latest -e dev");
  CHECK_THAT(sandbox.cemli(1, "logs latest risky -e dev").err, Contains("interrupted"));
  CHECK(Sandbox::contents(sandbox.store() / "state") == before);
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a run that was killed can be resolved straight away") {
  Sandbox sandbox = interrupted_sandbox();
  resolve(sandbox, 0, "--succeeded");
  CHECK(sandbox.status_of("risky") == "succeeded");
  CHECK(sandbox.events("run.abandoned").size() == 1);
}

TEST_CASE("only what was interrupted can be resolved, and only with a reason") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"risky", "1.0.0"}});
  CHECK_THAT(resolve(sandbox, 1, "--retry").err, Contains("nothing is recorded of 'risky'"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const auto before = Sandbox::contents(sandbox.store() / "state");
  CHECK_THAT(resolve(sandbox, 1, "--retry").err, Contains("'risky' is succeeded"));
  CHECK_THAT(sandbox.cemli(1, "state resolve risky --retry -e dev").err, Contains("--why"));
  sandbox.cemli(1, "state resolve risky --why x -e dev");
  sandbox.cemli(1, "state resolve risky --retry --failed --why x -e dev");
  CHECK(Sandbox::contents(sandbox.store() / "state") == before);
}

/// An apply whose step waits for the effect `go`.
Command running_apply(Sandbox& sandbox, const std::string& head = "") {
  sandbox.publish_and_desire(
      {{"slow", "1.0.0", "echo > $E/up\nuntil [ -e $E/go ]; do sleep 0.02; done\n"}}, head);
  Command apply = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("up").empty(); }));
  return apply;
}

TEST_CASE("a second run is refused with exit code 5 and the holder's name") {
  Sandbox sandbox;
  Command first = running_apply(sandbox);
  const Ended second = sandbox.cemli(5, "apply -e dev --auto-approve");
  CHECK_THAT(second.err, Contains("locked by run") && Contains("tester@"));
  CHECK_THAT(second.err, Contains("pid " + std::to_string(first.pid())));
  CHECK_THAT(second.err, Contains("--lock-timeout"));
  CHECK_THAT(sandbox.cemli(0, "status -e dev").out, Contains("Active run"));
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("active"));
  CHECK(sandbox.status_of("slow") == "running");
  CHECK_THAT(
      sandbox.cemli(5, {"state", "resolve", "slow", "--retry", "--why", "x", "-e", "dev"}).err,
      Contains("'slow' runs in"));
  REQUIRE(create_file(sandbox.effects() / "go", "", Durability::relaxed));
  CHECK(first.wait().exit_code == 0);
  sandbox.cemli(0, "apply -e dev --auto-approve");
}

TEST_CASE("unlock sets a living run aside, which ends its steps and exits with 5") {
  Sandbox sandbox;
  Command first = running_apply(sandbox, "lease: 2s\n");
  const Ended unlock = sandbox.cemli(0, {"state", "unlock", "--why", "gone", "-e", "dev"});
  CHECK_THAT(unlock.out, Contains("unlocked: set aside run") && Contains("interrupted: slow"));
  CHECK_THAT(unlock.err, Contains("if it lives, its programs go on"));
  const Ended ended = first.wait();
  CHECK(ended.exit_code == 5);
  CHECK_THAT(ended.err, Contains("set aside"));
  CHECK(sandbox.step_processes().empty());
  CHECK(sandbox.events().back().at("type") == "run.abandoned");
  CHECK(sandbox.status_of("slow") == "interrupted");
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("unlock where nothing is locked is an error") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  CHECK_THAT(sandbox.cemli(1, {"state", "unlock", "--why", "x", "-e", "dev"}).err,
             Contains("no run is active"));
}

TEST_CASE("what is recorded can be listed, shown and read as JSON") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"good", "1.0.0", "echo hello"}, {"bad", "2.0.0", "exit 6"}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  const std::string run = sandbox.events("run.started").at(0).at("run");

  const json list = sandbox.json_of("state list -e dev --json");
  CHECK(list.at("format") == 1);
  CHECK(list.at("environment") == "dev");
  CHECK(list.at("seq") == sandbox.events().back().at("seq"));
  REQUIRE(list.at("packages").size() == 2);
  CHECK(list.at("packages")[0].at("address") == "bad");
  CHECK(list.at("packages")[0].at("status") == "failed");
  CHECK(list.at("packages")[1].at("version") == "1.0.0");
  CHECK(list.at("packages")[1].at("run") == run);

  const json shown = sandbox.json_of("state show bad -e dev --json").at("package");
  CHECK(shown.at("last_attempt").at("summary") == "run: exit code 6");
  CHECK(shown.at("last_success").is_null());
  const json status = sandbox.json_of("status -e dev --json");
  CHECK(status.at("active_run").is_null());
  CHECK(status.at("last_run").at("outcome") == "failed");
  CHECK(sandbox.json_of("show latest -e dev --json").at("run_id") == run);
  CHECK(sandbox.json_of("audit verify -e dev --json").at("findings").empty());
  CHECK(sandbox.json_of("logs latest good -e dev --json").at("status") == "success");
}

TEST_CASE("a run is named by latest, its id, or the start of it") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo from one"}});
  CHECK_THAT(sandbox.cemli(1, "show latest -e dev").err, Contains("has no run yet"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const std::string run = sandbox.events("run.started").at(0).at("run");
  const std::string shown = sandbox.cemli(0, "show latest -e dev").out;
  CHECK_THAT(shown, Contains(run));
  CHECK(sandbox.cemli(0, "show " + run + " -e dev").out == shown);
  CHECK(sandbox.cemli(0, "show " + run.substr(0, 20) + " -e dev").out == shown);
  CHECK_THAT(sandbox.cemli(1, "show 1999 -e dev").err, Contains("no run '1999'"));
  CHECK_THAT(sandbox.cemli(0, "logs " + run + " one -e dev").out, Contains("from one"));
  CHECK_THAT(sandbox.cemli(1, "logs latest two -e dev").err, Contains("did not try 'two'"));
  CHECK_THAT(sandbox.cemli(1, "state show two -e dev").err, Contains("'two'"));
}

TEST_CASE("with the local cache or without it, commands say the same") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const std::string list = sandbox.cemli(0, "state list -e dev").out;
  const auto cache = sandbox.root() / "home/.cache/cemli";
  REQUIRE_FALSE(Sandbox::contents(cache).empty());
  for (const auto& [path, bytes] : Sandbox::contents(cache))
    REQUIRE(replace_file(cache / path, bytes.substr(0, bytes.size() / 2), Durability::relaxed));
  CHECK(sandbox.cemli(0, "state list -e dev").out == list);
  std::filesystem::remove_all(cache);
  CHECK(sandbox.cemli(0, "state list -e dev").out == list);
  sandbox.environment().erase("HOME");
  CHECK(sandbox.cemli(0, "state list -e dev").out == list);
}

}  // namespace
}  // namespace cemli::test
