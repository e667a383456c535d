#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/cli/normalized.h"
#include "tests/cli/sandbox.h"
#include "tests/support/golden.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using nlohmann::json;

const std::string kRun = "echo $CEMLI_VERSION >> $E/$CEMLI_PACKAGE";

PackageSource package(const std::string& name, const std::string& version,
                      const json& manifest = json::object()) {
  return {name, version, kRun, manifest};
}

/// An environment in which `one` 1.0.0 has converged under `policy`.
void converge(Sandbox& box, const std::string& policy) {
  box.publish({package("one", "1.0.0"), package("one", "1.1.0")});
  box.desire("one: 1.0.0", policy);
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("one") == std::vector<std::string>{"1.0.0"});
}

/// `apply` and `reconcile` are refused, and nothing is written anywhere. Returns the error.
std::string refused(Sandbox& box, int exit_code = 4) {
  const auto before = Sandbox::contents(box.store());
  const auto effects = Sandbox::contents(box.effects());
  std::string err = box.cemli(exit_code, "apply -e dev --auto-approve").err;
  box.cemli(exit_code, "reconcile -e dev --once");
  CHECK(Sandbox::contents(box.store()) == before);
  CHECK(Sandbox::contents(box.effects()) == effects);
  return err;
}

json refusals(Sandbox& box, const std::string& options = "") {
  return box.json_of("plan -e dev --format json" + options).at("refused");
}

TEST_CASE("what policy forbids is shown by plan and refused before anything is written") {
  Sandbox box;
  box.publish({package("one", "1.0.0", {{"type", "modification"}, {"owner", "me"}})});
  const std::map<std::string, std::string> cases{
      {"types: [extension]", "types: 'one' 1.0.0 is of the type 'modification'"},
      {"require: {change_ticket: true}",
       "require: the manifest of 'one' 1.0.0 has no "
       "'change_ticket'"},
      {"require: {owner: 'm'}", "which does not match 'm'"},
      {"locked: true", "locked: environments/dev.lock.json is missing"}};
  for (const auto& [rule, what] : cases) {
    INFO(rule);
    box.desire("one: 1.0.0", "policy: {" + rule + "}\n");
    CHECK_THAT(box.cemli(0, "plan -e dev").out, Contains(what));
    CHECK_THAT(refused(box), Contains("policy refuses this plan") && Contains(what));
  }
  box.desire("one: ^1.0", "policy: {exact_versions: true}\n");
  CHECK_THAT(refused(box), Contains("exact_versions: 'one' is desired at '^1.0'"));
  CHECK_FALSE(fs::exists(box.store() / "state"));
  box.desire("one: 1.0.0",
             "policy: {types: [modification], require: {owner: 'm.', tags.none: true}}\n");
  CHECK(refusals(box).size() == 1);
  box.desire("one: 1.0.0", "policy: {types: [modification], require: {owner: 'm.'}}\n");
  box.cemli(0, "apply -e dev --auto-approve");
}

TEST_CASE("more changes than max_changes are applied in parts") {
  Sandbox box;
  box.publish_and_desire({package("one", "1.0.0"), package("two", "1.0.0")},
                         "policy: {max_changes: 1}\n");
  CHECK_THAT(refused(box), Contains("max_changes: 2 changes are due, and at most 1 may be"));
  box.cemli(0, "apply -e dev --auto-approve --target one");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.has_effect("two"));
}

TEST_CASE("a rule that is loosened in the same request still refuses what it forbids") {
  Sandbox box;
  converge(box, "policy: {types: [configuration, extension]}\n");
  box.publish({package("two", "1.0.0", {{"type", "modification"}})});
  box.desire("one: 1.0.0\ntwo: 1.0.0", "policy: {types: [modification, extension]}\n");
  const std::string plan = box.cemli(2, "plan -e dev --detailed-exitcode").out;
  CHECK_THAT(plan, Contains("policy  types: not as the last converged run has recorded it") &&
                       Contains("types: 'two' 1.0.0 is of the type 'modification'") &&
                       Contains("refused by the rules of the last converged commit"));
  CHECK(refusals(box).at(0).at("by") == "converged");
  CHECK_THAT(refused(box), Contains("types: 'two' 1.0.0") &&
                               Contains("(by the rules of the last converged commit)"));
  box.desire("one: 1.0.0\ntwo: 1.0.0");
  CHECK_THAT(refused(box), Contains("types: 'two' 1.0.0"));

  // By itself it is recorded, and then it holds.
  box.desire("one: 1.0.0", "policy: {types: [modification, extension]}\n");
  box.cemli(0, "apply -e dev --auto-approve");
  box.desire("one: 1.0.0\ntwo: 1.0.0", "policy: {types: [modification, extension]}\n");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.has_effect("two"));
}

TEST_CASE("new rules judge the request that brings them, too") {
  Sandbox box;
  converge(box, "");
  box.desire("one: 1.1.0", "policy: {locked: true}\n");
  CHECK(refusals(box).at(0).at("by") == "planned");
  CHECK_THAT(refused(box), Contains("locked: environments/dev.lock.json is missing"));
}

TEST_CASE("removal that the same request allows is refused") {
  Sandbox box;
  box.publish_and_desire({package("one", "1.0.0"),
                          {.name = "old", .files = {{"steps/uninstall.sh", "touch $E/gone"}}}});
  box.cemli(0, "apply -e dev --auto-approve");
  box.desire("one: 1.0.0", "policy: {allow_removal: true}\n");
  CHECK_THAT(refused(box), Contains("allow_removal: 'old' would be removed"));
  // Not even in parts: what is left out is not judged by rules of the same request.
  box.cemli(0, "apply -e dev --auto-approve --exclude old");
  CHECK_THAT(refused(box), Contains("allow_removal: 'old' would be removed"));
  box.desire("one: 1.0.0\nold: 1.0.0", "policy: {allow_removal: true}\n");
  box.cemli(0, "apply -e dev --auto-approve");
  box.desire("one: 1.0.0", "policy: {allow_removal: true}\n");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.has_effect("gone"));
}

TEST_CASE("a change of policy alone is a line of the plan, recorded by a run without packages") {
  Sandbox box;
  converge(box, "policy: {max_changes: 5}\n");
  const json before = box.json_of("plan -e dev --format json");
  CHECK(before.at("policy_change").is_null());
  box.desire("one: 1.0.0", "policy: {max_changes: 6}\n");
  const json plan = box.json_of("plan -e dev --format json");
  CHECK(plan.at("policy_change") ==
        json{{"before", before.at("policy")}, {"changed", {"max_changes"}}, {"due", true}});
  CHECK(plan.at("summary").at("none") == 1);
  CHECK(plan.at("digest") != before.at("digest"));
  box.cemli(2, "plan -e dev --detailed-exitcode");
  CHECK_THAT(box.cemli(1, "apply -e dev").err, Contains("no terminal"));
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("one").size() == 1);
  const auto started = box.events("run.started");
  const auto ended = box.events("run.finished");
  REQUIRE(started.size() == 2);
  CHECK(started.at(1).at("policy") == plan.at("policy"));
  CHECK(ended.at(1).at("converged") == true);
  CHECK(box.events("package.started").size() == 1);
  CHECK_THAT(box.cemli(0, "plan -e dev --detailed-exitcode").out, Contains("No changes"));
  box.cemli(0, "audit verify -e dev");

  box.desire("one: 1.0.0", "policy: {max_changes: 7}\n");
  box.cemli(0, "reconcile -e dev --once");
  box.cemli(0, "reconcile -e dev --once");
  CHECK(box.events("run.started").size() == 3);
}

TEST_CASE("signers that change are a line of the plan, and another digest") {
  Sandbox box;
  converge(box, "");
  const json before = box.json_of("plan -e dev --format json");
  box.write("environments/allowed_signers", "ann@acme.com ssh-ed25519 AAAA\n");
  CHECK_FALSE(
      box.json_of("plan -e dev --format json --working-tree").at("policy_change").is_null());
  CHECK(box.json_of("plan -e dev --format json") == before);
  box.commit();
  const json signers = box.json_of("plan -e dev --format json");
  CHECK(signers.at("policy_change").at("changed") == json{"allowed_signers"});
  CHECK(signers.at("digest") != before.at("digest"));
  box.desire("one: 1.1.0");
  CHECK_THAT(box.cemli(0, "plan -e dev").out,
             Contains("~ one") && Contains("~ policy  allowed_signers: not as"));
  box.cemli(0, "apply -e dev --auto-approve");
  box.write("environments/revoked_keys", "ssh-ed25519 AAAA\n");
  box.commit();
  CHECK(box.json_of("plan -e dev --format json").at("policy_change").at("changed") ==
        json{"revoked_keys"});
}

TEST_CASE("a policy that cannot be recorded yet makes no runs of its own") {
  Sandbox box;
  converge(box, "");
  box.publish({{.name = "bad", .run = "exit 1"}});
  box.desire("one: 1.0.0\nbad: 1.0.0", "policy: {max_changes: 5}\n");
  box.cemli(3, "reconcile -e dev --once");
  const std::size_t runs = box.events("run.started").size();
  box.cemli(3, "reconcile -e dev --once");
  CHECK(box.events("run.started").size() == runs);
  CHECK(box.json_of("plan -e dev --format json").at("policy_change").at("due") == true);
  box.cemli(0, "state hold bad --why later -e dev");
  CHECK(box.json_of("plan -e dev --format json").at("policy_change").at("due") == false);
}

TEST_CASE("a saved plan does not bring another policy along") {
  Sandbox box;
  converge(box, "");
  box.desire("one: 1.1.0");
  const std::string path = (box.root() / "plan.json").string();
  box.cemli(0, "plan -e dev -o " + path);
  box.desire("one: 1.1.0", "policy: {max_changes: 5}\n");
  CHECK_THAT(box.cemli(6, "apply " + path).err,
             Contains("the policy is another one than the plan's"));
  box.desire("one: 1.1.0");
  box.cemli(0, "apply " + path);
}

TEST_CASE("rules of a commit that the repository does not have refuse") {
  Sandbox box;
  const std::string stores = "stores: {packages: \"file:" + (box.root() / "p").string() +
                             "\", results: \"file:" + (box.root() / "r").string() +
                             "\", state: \"file:" + (box.root() / "s").string() + "\"}\n";
  box.publish({package("one", "1.0.0")});
  box.desire("one: 1.0.0", stores);
  box.cemli(0, "package publish ../packages/one-1.0.0 -e dev");
  box.cemli(0, "apply -e dev --auto-approve --first-run");
  box.desire("one: 1.0.0", stores);
  box.git(
      {"clone", "--quiet", "--depth", "1", "file://" + box.repository().string(), "../shallow"});
  // The same rules need no look at others.
  box.cemli(0, "--repo ../shallow apply -e dev --auto-approve");
  box.desire("one: 1.0.0", stores + "policy: {max_changes: 5}\n");
  fs::remove_all(box.root() / "shallow");
  box.git(
      {"clone", "--quiet", "--depth", "1", "file://" + box.repository().string(), "../shallow"});
  const std::string err = box.cemli(4, "--repo ../shallow apply -e dev --auto-approve").err;
  CHECK_THAT(err, Contains("the last that converged, is not in this repository") &&
                      Contains("git fetch --unshallow"));
  CHECK_THAT(box.cemli(0, "--repo ../shallow plan -e dev").out,
             Contains("the last that converged, is not in this repository"));
  box.git({"-C", "../shallow", "fetch", "--quiet", "--unshallow"});
  box.cemli(0, "--repo ../shallow apply -e dev --auto-approve");
}

/// Writes `prod`, which takes from `dev`, and commits it.
void write_prod(Sandbox& box, const std::string& packages, const std::string& head) {
  box.write("environments/prod.yaml",
            "format: 1\nenvironment: prod\n" + head + "packages: {" + packages + "}\n");
  box.commit();
}

TEST_CASE("promoted takes what has succeeded in the other environment, then or now") {
  Sandbox box;
  const std::string head = "promote_from: dev\npolicy: {promoted: true}\n";
  converge(box, "");
  write_prod(box, "one: 1.1.0", head);
  CHECK_THAT(box.cemli(4, "apply -e prod --auto-approve").err,
             Contains("promoted: 'one' 1.1.0 (content ") &&
                 Contains(") has not succeeded in 'dev'") && Contains("cemli apply -e dev"));
  box.desire("one: 1.1.0");
  box.cemli(0, "apply -e dev --auto-approve");
  box.cemli(0, "apply -e prod --auto-approve");
  write_prod(box, "one: 1.0.0", head);
  box.cemli(0, "apply -e prod --auto-approve");
  CHECK(box.effect("one") == std::vector<std::string>{"1.0.0", "1.1.0", "1.1.0", "1.0.0"});
}

TEST_CASE("where versions are promoted from is judged as of the last converged commit, too") {
  Sandbox box;
  const std::string head = "promote_from: dev\npolicy: {promoted: true}\n";
  converge(box, "");
  write_prod(box, "one: 1.0.0", head);
  box.cemli(0, "apply -e prod --auto-approve");
  // Another environment, where it has succeeded.
  box.write("environments/lax.yaml", "format: 1\nenvironment: lax\npackages: {one: 1.1.0}\n");
  box.commit();
  box.cemli(0, "apply -e lax --auto-approve");
  write_prod(box, "one: 1.1.0", "promote_from: lax\npolicy: {promoted: true}\n");
  CHECK_THAT(box.cemli(4, "apply -e prod --auto-approve").err,
             Contains("has not succeeded in 'dev'"));
  CHECK_THAT(box.cemli(0, "plan -e prod").out, Contains("policy  promoted: not as the last"));
  // The same environment, whose record is said to be elsewhere: one that was made up there.
  box.git({"clone", "--quiet", ".", "../forge"});
  const std::string forge = (box.root() / "forge").string();
  box.cemli(0, "package publish ../packages/one-1.1.0 --store file:" + forge + "/.cemli/packages");
  box.desire("one: 1.1.0");
  box.git({"-C", forge, "pull", "--quiet"});
  box.cemli(0, "--repo " + forge + " apply -e dev --auto-approve");
  write_prod(box, "one: 1.1.0", head);
  box.desire("one: 1.0.0",
             "stores: {packages: 'file:.cemli/packages', results: 'file:.cemli/"
             "results', state: 'file:../forge/.cemli/state'}\n");
  const json plan = box.json_of("plan -e prod --format json");
  REQUIRE(plan.at("refused").size() == 1);
  CHECK(plan.at("refused").at(0).at("by") == "converged");
  CHECK(plan.at("policy_change").is_null());
  CHECK_THAT(box.cemli(4, "apply -e prod --auto-approve").err,
             Contains("has not succeeded in 'dev'"));
}

TEST_CASE("a source that cannot be asked is an error that names it") {
  Sandbox box;
  converge(box, "");
  write_prod(box, "one: 1.0.0", "promote_from: dev\npolicy: {promoted: true}\n");
  box.write("plain", "no folder");
  box.desire("one: 1.0.0", "stores: {packages: 'file:p', results: file:r, state: 'file:plain'}\n");
  CHECK_THAT(box.cemli(1, "apply -e prod --auto-approve").err,
             Contains("asking environment 'dev' what has succeeded there"));
  write_prod(box, "one: 1.0.0", "promote_from: test\npolicy: {promoted: true}\n");
  CHECK_THAT(box.cemli(1, "plan -e prod").err,
             Contains("looking for the environment 'test' that versions are promoted from"));
}

/// Two packages of which the second needs the first, locked and committed.
std::string locked_pair(Sandbox& box, const std::string& policy) {
  box.publish_and_desire(
      {package("one", "1.0.0"), package("two", "1.0.0", {{"depends_on", {{"one", "^1"}}}})},
      policy);
  box.cemli(0, "lock -e dev");
  box.commit();
  return read_file(box.repository() / "environments/dev.lock.json").value();
}

std::string edited(const std::string& text, const std::string& from, const std::string& to) {
  std::string copy = text;
  const std::size_t at = copy.find(from);
  REQUIRE(at != std::string::npos);
  return copy.replace(at, from.size(), to);
}

TEST_CASE("a lock line that was edited by hand is refused, and nothing is run") {
  const bool is_rule = GENERATE(true, false);
  Sandbox box;
  const std::string lock = locked_pair(box, is_rule ? "policy: {locked: true}\n" : "");
  const std::string digits = std::string(64, 'a');
  const auto digest_after = [&](const std::string& name) {
    const std::size_t at = lock.find('"' + name + "\":\"") + name.size() + 4;
    return lock.substr(at, 64);
  };
  const std::map<std::string, std::string> cases{
      {edited(lock, digest_after("content_digest"), digits), "'one' 1.0.0: content_digest"},
      {edited(lock, digest_after("zip_sha256"), digits), "'one' 1.0.0: zip_sha256"},
      {edited(lock, R"("depends_on":{"one":"^1"},)", ""), "'two' 1.0.0: manifest/depends_on"},
      {edited(lock, R"("name":"one",)", R"("name":"one","owner":"me",)"),
       "'one' 1.0.0: manifest/owner"},
  };
  for (const auto& [text, what] : cases) {
    INFO(text);
    box.write("environments/dev.lock.json", text);
    box.commit();
    CHECK_THAT(refused(box, is_rule ? 4 : 1),
               Contains("environments/dev.lock.json is not what was published, and nothing was "
                        "done") &&
                   Contains(what + " not as published") && Contains("cemli lock -e dev"));
  }
  CHECK_FALSE(fs::exists(box.store() / "state"));
  box.write("environments/dev.lock.json", lock);
  box.commit();
  box.cemli(0, "apply -e dev --auto-approve");
}

TEST_CASE("a dry run starts nothing of a package that is not what the lock says") {
  Sandbox box;
  box.publish_and_desire({{.name = "one", .files = {{"steps/dry_run.sh", "touch $E/looked"}}}});
  box.cemli(0, "lock -e dev");
  const std::string lock = read_file(box.repository() / "environments/dev.lock.json").value();
  box.write("environments/dev.lock.json",
            edited(lock, R"("name":"one",)", R"("name":"one","owner":"me",)"));
  box.commit();
  CHECK_THAT(box.cemli(1, "apply -e dev --dry-run").err, Contains("not as published"));
  CHECK_FALSE(box.has_effect("looked"));
}

TEST_CASE("a policy's refusals and its change read like this") {
  Sandbox box;
  std::string text;
  const auto run = [&](int exit_code, const std::string& words) {
    const Ended ended = box.cemli(exit_code, words);
    text += "$ cemli " + words + "\n" + ended.out;
    if (!ended.err.empty()) text += "(standard error)\n" + ended.err;
    text += "(exit code " + std::to_string(exit_code) + ")\n\n";
  };
  const std::string strict = "policy: {types: [extension], max_changes: 1}\n";
  box.publish({package("one", "1.0.0"), package("one", "1.1.0", {{"type", "modification"}}),
               package("two", "1.0.0")});
  box.desire("one: 1.0.0", strict);
  box.cemli(0, "apply -e dev --auto-approve");
  box.desire("one: 1.1.0\ntwo: 1.0.0", "policy: {max_changes: 1, require: {owner: true}}\n");
  run(0, "plan -e dev");
  run(4, "apply -e dev --auto-approve");
  box.desire("one: 1.0.0", "policy: {max_changes: 2}\n");
  run(2, "plan -e dev --detailed-exitcode");
  run(0, "apply -e dev --auto-approve");
  run(0, "plan -e dev");
  check_golden("cli/policy.txt", normalized(text, box));
}

}  // namespace
}  // namespace cemli::test
