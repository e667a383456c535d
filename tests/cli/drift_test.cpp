#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// A package that writes its parameter to the target, and checks that it is still there.
PackageSource limits() {
  return {.name = "limits",
          .run = "echo $CEMLI_PARAM_LIMIT > $E/limit; echo x >> $E/limits_runs",
          .manifest = {{"parameters", {{"limit", {{"type", "integer"}, {"default", 5}}}}}},
          .files = {{"steps/check.sh",
                     "test $(cat $E/limit) = $CEMLI_PARAM_LIMIT && exit 0\n"
                     "echo \"limit is $(cat $E/limit), not $CEMLI_PARAM_LIMIT\"; exit 2"}}};
}

json finding_of(const json& report, const std::string& address) {
  for (const json& finding : report.at("packages")) {
    if (finding.at("address") == address) return finding;
  }
  FAIL("no finding of " + address);
  return {};
}

json drift_json(Sandbox& box, int exit_code, const std::string& words = "drift -e dev --json") {
  return json::parse(box.cemli(exit_code, words).out);
}

}  // namespace

TEST_CASE("a target that is as it was left is in sync, and nothing is written") {
  Sandbox box;
  box.publish_and_desire({limits(), {.name = "plain"}});
  box.cemli(0, "apply -e dev --auto-approve");
  const auto before = Sandbox::contents(box.store());
  const Ended ended = box.cemli(0, "drift -e dev");
  CHECK_THAT(ended.out, Contains("limits") && Contains("in sync") &&
                            Contains("1 package has no step 'check'"));
  CHECK(Sandbox::contents(box.store()) == before);
}

TEST_CASE("what a killed look has left goes with the next, what a living one uses does not") {
  namespace fs = std::filesystem;
  Sandbox box;
  PackageSource slow = limits();
  slow.files["steps/check.sh"] = "echo $PWD >> $E/where; until [ -e $E/go ]; do sleep 0.02; done\n";
  box.publish_and_desire({slow});
  box.cemli(0, "apply -e dev --auto-approve");
  Command look = box.start("drift -e dev");
  REQUIRE(eventually([&] { return !box.effect("where").empty(); }));
  const fs::path folder = fs::path(box.effect("where").at(0)).parent_path().parent_path();
  const auto make_old = [&folder] {
    fs::last_write_time(folder, fs::file_time_type::clock::now() - std::chrono::hours(1));
  };
  make_old();
  Command other = box.start("drift -e dev");
  REQUIRE(eventually([&] { return box.effect("where").size() == 2; }));
  CHECK(fs::exists(folder));
  look.signal(SIGKILL);
  static_cast<void>(look.wait());
  REQUIRE(create_file(box.effects() / "go", "", Durability::relaxed));
  CHECK(other.wait().exit_code == 0);
  REQUIRE(fs::exists(folder));
  make_old();
  box.cemli(0, "drift -e dev");
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("what has drifted is found, recorded, and run again by the next apply") {
  Sandbox box;
  box.publish_and_desire({limits()});
  box.cemli(0, "apply -e dev --auto-approve");
  box.write(box.effects() / "limit", "9\n");
  const json report = drift_json(box, 1);
  CHECK(finding_of(report, "limits").at("verdict") == "drifted");
  CHECK(finding_of(report, "limits").at("stdout") == "limit is 9, not 5\n");
  CHECK(box.status_of("limits") == "drifted");
  const auto events = box.events("package.drifted");
  REQUIRE(events.size() == 1);
  CHECK(events[0].at("why") == "check: exit code 2");
  CHECK_THAT(box.cemli(0, "plan -e dev").out, Contains("rerun") && Contains("drifted"));
  // A second look finds the same and has nothing new to say.
  CHECK_THAT(box.cemli(1, "drift -e dev").out, Contains("limit is 9, not 5"));
  CHECK(box.events("package.drifted").size() == 1);
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("limits_runs").size() == 2);
  CHECK(box.status_of("limits") == "succeeded");
  box.cemli(0, "drift -e dev");
  box.cemli(0, "audit verify -e dev");
}

TEST_CASE("a target is checked against what was run, not against what is desired since") {
  Sandbox box;
  box.publish({limits()});
  box.desire("limits: {version: 1.0.0, parameters: {limit: 5}}");
  box.cemli(0, "apply -e dev --auto-approve");
  box.desire("limits: {version: 1.0.0, parameters: {limit: 7}}");
  box.cemli(0, "drift -e dev");
}

TEST_CASE("a check that fails is neither in sync nor drift") {
  Sandbox box;
  PackageSource broken = limits();
  broken.files["steps/check.sh"] = "echo cannot connect >&2; exit 1";
  PackageSource liar = {
      .name = "liar",
      .manifest = {{"steps",
                    {{"check",
                      {{"program", "steps/check.sh"}, {"success", {{"rules", {"oracle"}}}}}}}}},
      .files = {{"steps/check.sh", "echo 'ORA-00942: no table'"}}};
  box.publish_and_desire({broken, liar});
  box.cemli(0, "apply -e dev --auto-approve");
  const json report = drift_json(box, 1);
  CHECK(finding_of(report, "limits").at("verdict") == "unknown");
  CHECK(finding_of(report, "limits").at("stderr") == "cannot connect\n");
  CHECK(finding_of(report, "liar").at("verdict") == "unknown");
  CHECK_THAT(finding_of(report, "liar").at("summary").get<std::string>(), Contains("ORA-00942"));
  CHECK(box.events("package.drifted").empty());
  CHECK(box.status_of("limits") == "succeeded");
}

TEST_CASE("drift is an answer, so that a check is not tried again for it") {
  Sandbox box;
  PackageSource source = limits();
  source.manifest["steps"] = {
      {"check", {{"program", "steps/check.sh"}, {"retries", 3}, {"backoff", "10ms"}}}};
  source.files["steps/check.sh"] = "echo x >> $E/tries; exit $(cat $E/answer)";
  box.publish_and_desire({source});
  box.cemli(0, "apply -e dev --auto-approve");
  box.write(box.effects() / "answer", "1\n");
  box.cemli(1, "drift -e dev");
  CHECK(box.effect("tries").size() == 4);
  box.write(box.effects() / "answer", "2\n");
  box.cemli(1, "drift -e dev");
  CHECK(box.effect("tries").size() == 5);
}

TEST_CASE("drift looks at the addresses that it is asked about, and refuses those it cannot") {
  Sandbox box;
  box.publish_and_desire({limits(), {.name = "plain"}, {.name = "sad", .run = "exit 1"}});
  box.cemli(3, "apply -e dev --auto-approve");
  CHECK(drift_json(box, 0, "drift limits -e dev --json").at("packages").size() == 1);
  const std::string err = box.cemli(1, "drift plain sad limits -e dev").err;
  CHECK_THAT(err, Contains("'plain' 1.0.0 has no step 'check'") &&
                      Contains("'sad' has not succeeded in environment 'dev'"));
}

TEST_CASE("nothing to look at is an error, and never 'in sync'") {
  Sandbox box;
  box.publish_and_desire({{.name = "plain"}});
  CHECK_THAT(box.cemli(1, "drift -e dev").err, Contains("nothing to look at"));
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK_THAT(box.cemli(1, "drift -e dev").err, Contains("none has a step 'check'"));
}

TEST_CASE("drift does not look while a run is active") {
  Sandbox box;
  box.publish_and_desire(
      {limits(),
       {.name = "slow", .run = "touch $E/started; while ! test -e $E/go; do sleep 0.02; done"}});
  Command run = box.start("apply -e dev --auto-approve -j 1");
  REQUIRE(eventually([&] { return box.has_effect("started"); }));
  CHECK_THAT(box.cemli(5, "drift -e dev").err, Contains("locked by run"));
  box.write(box.effects() / "go", "");
  CHECK(run.wait().exit_code == 0);
}

TEST_CASE("a package that has left the packages store cannot be looked at, and is named") {
  Sandbox box;
  box.publish_and_desire({limits()});
  box.cemli(0, "apply -e dev --auto-approve");
  std::filesystem::remove_all(box.store() / "packages" / "limits");
  const json report = drift_json(box, 1);
  CHECK(finding_of(report, "limits").at("verdict") == "unknown");
  CHECK_THAT(finding_of(report, "limits").at("summary").get<std::string>(),
             Contains("not in the packages store"));
}

TEST_CASE("a dry run changes nothing and tells what packages would do") {
  Sandbox box;
  PackageSource base{.name = "base", .run = "touch $E/base"};
  PackageSource told = limits();
  told.manifest["depends_on"] = {{"base", "*"}};
  told.manifest["secrets"] = {"PASSWORD"};
  told.files["steps/dry_run.sh"] =
      "echo \"$CEMLI_STEP: would set $CEMLI_PARAM_LIMIT\"; cat $CEMLI_SECRETS_DIR/PASSWORD; echo x "
      ">> "
      "$E/dry";
  box.environment()["SECRET_PASSWORD"] = "tiger-tiger";
  box.publish_and_desire({base, told}, "secrets: {PASSWORD: 'env:SECRET_PASSWORD'}\n");
  const auto before = Sandbox::contents(box.store());
  const Ended ended = box.cemli(0, "apply -e dev --dry-run");
  CHECK_THAT(ended.out, Contains("dry run: succeeded") && Contains("| dry_run: would set 5") &&
                            Contains("| ***") && !Contains("tiger-tiger") &&
                            Contains("1 of the 2 changes has no step 'dry_run'"));
  const json plan = json::parse(box.cemli(0, "apply -e dev --dry-run --json").out);
  CHECK(plan.at("actions").at(0).at("dry_run") == nullptr);
  CHECK(plan.at("actions").at(1).at("dry_run").at("stdout") == "dry_run: would set 5\n***");
  CHECK(box.effect("dry").size() == 2);
  CHECK_FALSE(box.has_effect("base"));
  CHECK_FALSE(box.has_effect("limit"));
  CHECK(Sandbox::contents(box.store()) == before);
  CHECK(plan.at("digest") ==
        json::parse(box.cemli(0, "plan -e dev --format json").out).at("digest"));
}

TEST_CASE("a dry run that fails ends with exit code 3, and one that nothing tells says so") {
  Sandbox box;
  PackageSource sad = limits();
  sad.files["steps/dry_run.sh"] = "echo no such ledger; exit 4";
  box.publish_and_desire({sad});
  CHECK_THAT(box.cemli(3, "apply -e dev --dry-run").out,
             Contains("dry run: failed: dry_run: exit code 4") && Contains("| no such ledger"));
  box.desire("plain: 1.0.0");
  box.publish({{.name = "plain"}});
  CHECK_THAT(box.cemli(0, "apply -e dev --dry-run").err, Contains("nothing was tried"));
  CHECK_THAT(box.cemli(1, "apply -e dev --json").err, Contains("--dry-run"));
}

TEST_CASE("a look that is stopped leaves no process and records nothing") {
  Sandbox box;
  PackageSource source = limits();
  source.files["steps/check.sh"] = "touch $E/looking; trap '' TERM; sleep 60 & wait; sleep 60";
  source.manifest["steps"] = {{"check", {{"program", "steps/check.sh"}, {"grace", "50ms"}}}};
  box.publish_and_desire({source});
  box.cemli(0, "apply -e dev --auto-approve");
  Command look = box.start("drift -e dev");
  REQUIRE(eventually([&] { return box.has_effect("looking"); }));
  look.signal(SIGINT);
  CHECK(look.wait().exit_code == 130);
  CHECK(box.step_processes().empty());
  CHECK(box.events("package.drifted").empty());
}

}  // namespace cemli::test
