#include <catch2/catch.hpp>

#include "tests/cli/estate_of_two.h"
#include "tests/cli/normalized.h"
#include "tests/support/golden.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using nlohmann::json;

const char* const kProdFile = "environments/prod.yaml";
const char* const kProdLock = "environments/prod.lock.json";

/// `one` and `two` at 1.1.0 in test, and at 1.0.0 in prod's file.
void two_releases(EstateOfTwo& estate) {
  estate.publish({{"one", "1.0.0"},
                  {"two", "1.0.0"},
                  {"one", "1.1.0", ":", {{"change_ticket", "CHG0000001"}}},
                  {"two", "1.1.0"},
                  {"three", "1.0.0"}});
  estate.set("prod", "one: 1.0.0   # first\ntwo: '1.0.0'");
  estate.deploy("test", "one: 1.1.0\ntwo: 1.1.0\nthree: 1.0.0");
}

TEST_CASE("what succeeded in the source is written into the target's file, and nothing else") {
  EstateOfTwo estate;
  two_releases(estate);
  const Ended ended = estate.cemli(0, "promote --from test --to prod");
  check_golden("cli/promote.txt", normalized(ended.out + ended.err, estate));
  CHECK(estate.text_of(kProdFile) ==
        "format: 1\nenvironment: prod\npromote_from: test\npackages:\n"
        "  one: 1.1.0   # first\n  two: '1.1.0'\n");
  CHECK(estate.git({"status", "--porcelain"}) == " M environments/prod.yaml");
  CHECK_THAT(estate.cemli(0, "promote -e prod").out,
             Contains("Nothing to promote: prod has what succeeded in test.") &&
                 Contains("Only in test; name them to add: three"));
}

TEST_CASE("only what is named is promoted, and what is new is added") {
  EstateOfTwo estate;
  two_releases(estate);
  const json report = estate.json_of("promote one three --to prod --json");
  CHECK(estate.text_of(kProdFile) ==
        "format: 1\nenvironment: prod\npromote_from: test\npackages:\n"
        "  one: 1.1.0   # first\n  two: '1.0.0'\n  three: 1.0.0\n");
  CHECK(report.at("from") == "test");
  CHECK(report.at("files") == json{kProdFile});
  REQUIRE(report.at("promoted").size() == 2);
  const json& one = report.at("promoted").at(0);
  CHECK(one.at("from") == "1.0.0");
  CHECK(one.at("to") == "1.1.0");
  CHECK(one.at("change_ticket") == "CHG0000001");
  CHECK(one.at("uses").at(0).at("run") == estate.last_run("test"));
  CHECK(report.at("promoted").at(1).at("from") == nullptr);
}

TEST_CASE("a rehearsal shows the same and writes nothing") {
  EstateOfTwo estate;
  two_releases(estate);
  const auto before = Sandbox::contents(estate.repository());
  CHECK_THAT(estate.cemli(0, "promote --to prod --dry-run").out,
             Contains("Would be promoted from test to prod") &&
                 Contains("Would change environments/prod.yaml."));
  CHECK(estate.json_of("promote --to prod --dry-run --json").at("dry_run") == true);
  CHECK(Sandbox::contents(estate.repository()) == before);
}

TEST_CASE("the lock's line is written with the file's, and the rest of the lock stays") {
  EstateOfTwo estate;
  two_releases(estate);
  estate.cemli(0, "lock -e prod");
  const std::vector<std::string> before = split_words(estate.text_of(kProdLock), '\n');
  estate.cemli(0, "promote one three --to prod");
  const std::vector<std::string> after = split_words(estate.text_of(kProdLock), '\n');
  REQUIRE(after.size() == before.size() + 1);
  CHECK(after.front() == before.front());
  CHECK_THAT(after[1], Catch::StartsWith(R"("one": {"version":"1.1.0",)"));
  CHECK_THAT(after[2], Catch::StartsWith(R"("three": {"version":"1.0.0",)"));
  CHECK(after[3] == before[2]);
  const std::string promoted = estate.text_of(kProdLock);
  CHECK_THAT(estate.cemli(0, "lock -e prod").out, Contains("is up to date"));
  CHECK(estate.text_of(kProdLock) == promoted);
  estate.cemli(0, "validate -e prod");
}

TEST_CASE("a package's instances go together") {
  EstateOfTwo estate;
  estate.publish(
      {{"l10n", "1.0.0"}, {"l10n", "1.1.0", "[ $CEMLI_INSTANCE = FR ]"}, {"l10n", "1.2.0"}});
  estate.set("prod", "l10n: {version: 1.0.0, instances: {DE: {}}}");
  const auto instances = [](const char* version) {
    return std::string("l10n: {version: ") + version + ", instances: {DE: {}, FR: {}}}";
  };
  estate.deploy("test", instances("1.1.0"), 3);
  const std::string err = estate.cemli(1, "promote l10n[FR] --to prod").err;
  CHECK_THAT(err, Contains("'l10n' has no instance 'FR' here"));
  CHECK_THAT(estate.cemli(1, "promote l10n --to prod").err,
             Contains("l10n[DE]: it is failed in test, at 1.1.0") && !Contains("l10n[FR]: it is"));
  estate.deploy("test", instances("1.2.0"));
  estate.cemli(0, "promote l10n[DE] --to prod");
  CHECK_THAT(estate.text_of(kProdFile), Contains("l10n: {version: 1.2.0, instances: {DE: {}}}"));

  estate.set("prod", "");
  estate.cemli(0, "promote l10n --to prod");
  CHECK_THAT(estate.text_of(kProdFile), Contains("packages:\n  l10n:\n    version: 1.2.0\n"
                                                 "    instances:\n      DE: {}\n      FR: {}\n"));
  estate.cemli(0, "validate -e prod");
}

TEST_CASE("what must not be promoted is refused, all at once, with nothing written") {
  EstateOfTwo estate;
  estate.publish({{"bad", "1.0.0"},
                  {"bad", "1.1.0", "exit 1"},
                  {"range", "1.0.0"},
                  {"range", "1.1.0"},
                  {"good", "1.0.0"},
                  {"good", "1.1.0"}});
  estate.set("prod", "bad: 1.0.0\nrange: ^1\ngood: 1.0.0");
  estate.deploy("test", "bad: 1.0.0\nrange: 1.1.0\ngood: 1.1.0");
  estate.deploy("test", "bad: 1.1.0\nrange: 1.1.0\ngood: 1.1.0", 3);
  const auto before = Sandbox::contents(estate.repository());
  const std::string err = estate.cemli(1, "promote bad range good nobody --to prod").err;
  CHECK_THAT(err, Contains("nothing is promoted from test to prod, and nothing was written"));
  CHECK_THAT(err, Contains("bad: it is failed in test, at 1.1.0 in run ") &&
                      Contains("; it last succeeded at 1.0.0"));
  CHECK_THAT(err, Contains("environments/prod.yaml:6:10: 'range' is desired as '^1', which is a "
                           "range"));
  CHECK_THAT(err, Contains("nobody: nothing of it was ever run in test"));
  // Without names `bad` has nothing newer that succeeded, and the range stands in the way.
  const std::string all = estate.cemli(1, "promote --to prod").err;
  CHECK_THAT(all, Contains("'range'") && !Contains("bad"));
  CHECK(Sandbox::contents(estate.repository()) == before);
  estate.cemli(0, "promote good --to prod");
}

TEST_CASE("what would not resolve in the target is refused") {
  EstateOfTwo estate;
  estate.publish({{"base", "1.0.0"},
                  {"base", "2.0.0"},
                  {"top", "1.0.0"},
                  {"top", "2.0.0", ":", {{"depends_on", {{"base", "^2"}}}}},
                  {"here", "1.0.0", ":", {{"environments", {"test"}}}}});
  estate.set("prod", "base: 1.0.0\ntop: 1.0.0");
  estate.deploy("test", "base: 2.0.0\ntop: 2.0.0\nhere: 1.0.0");
  const std::string before = estate.text_of(kProdFile);
  const std::string err = estate.cemli(1, "promote top here --to prod").err;
  CHECK_THAT(err, Contains("environments/prod.yaml:6:8: 'top' 2.0.0 needs 'base' ^2, which is "
                           "1.0.0 here"));
  CHECK_THAT(err, Contains("'here' 1.0.0 is for test alone, not for 'prod'"));
  CHECK(estate.text_of(kProdFile) == before);
  estate.cemli(0, "promote --to prod");
  CHECK_THAT(estate.text_of(kProdFile), Contains("base: 2.0.0\n  top: 2.0.0\n"));
}

TEST_CASE("what the target's policy would refuse is not promoted, and nothing is written") {
  EstateOfTwo estate;
  two_releases(estate);
  estate.set("prod", "one: 1.0.0\ntwo: 1.0.0",
             "policy:\n  types: [integration]\n  max_changes: 1\n  signed_commits: true\n");
  const Ended both = estate.cemli(4, "promote --to prod");
  CHECK_THAT(both.err, Contains("nothing was written:") &&
                           Contains("max_changes: 2 changes are due, and at most 1 may be") &&
                           Contains("types: ") && !Contains("signed_commits"));
  CHECK_THAT(estate.text_of(kProdFile), Contains("one: 1.0.0\n"));
  estate.set("prod", "one: 1.0.0\ntwo: 1.0.0", "policy:\n  require: {change_ticket: true}\n");
  CHECK_THAT(
      estate.cemli(4, "promote --to prod").err,
      Contains("the manifest of 'two' 1.1.0 has no 'change_ticket'") && !Contains("of 'one' 1.1.0"));
  estate.cemli(0, "promote one --to prod");
  CHECK_THAT(estate.text_of(kProdFile), Contains("one: 1.1.0\n") && Contains("two: 1.0.0\n"));
}

TEST_CASE("the content that succeeded is the one that is promoted") {
  EstateOfTwo estate;
  two_releases(estate);
  estate.set("prod", "one: 1.0.0",
             "stores: {packages: file:own, results: file:r, state: file:s}\n");
  const std::string missing = estate.cemli(1, "promote one --to prod").err;
  CHECK_THAT(missing, Contains("one: 1.1.0 is not published in prod's packages store, file:") &&
                          Contains("/own"));
  const auto publish = [&](const std::string& run) {
    const fs::path folder = estate.write_package({"one", "1.1.0", run});
    estate.cemli(0, {"package", "publish", folder.string(), "-e", "prod"});
  };
  publish("echo other");
  CHECK_THAT(estate.cemli(1, "promote one --to prod").err,
             Contains("one: 1.1.0 has other content in prod's packages store than what succeeded "
                      "in test"));
  CHECK_THAT(estate.text_of(kProdFile), Contains("one: 1.0.0"));
}

TEST_CASE("source and target must be known, and two") {
  EstateOfTwo estate;
  two_releases(estate);
  CHECK_THAT(estate.cemli(1, "promote --from tset --to prod").err,
             Contains("no 'environments/tset.yaml'") && Contains("there are: prod, test"));
  CHECK_THAT(estate.cemli(1, "promote --from test --to pord").err,
             Contains("no 'environments/pord.yaml'"));
  CHECK_THAT(estate.cemli(1, "promote --from prod --to prod").err, Contains("to itself"));
  CHECK_THAT(estate.cemli(1, "promote --to test").err,
             Contains("no environment to promote from is named") && Contains("promote_from"));
  CHECK_THAT(estate.cemli(1, "promote --from test").err,
             Contains("no environment to promote to is named"));
  CHECK_THAT(estate.cemli(1, "promote --from prod --to test").err,
             Contains("nothing was ever recorded in environment 'prod'"));
  CHECK_THAT(estate.cemli(1, "promote -e test --to prod").err, Contains("name two environments"));
}

TEST_CASE("an edit that would drag another package along is refused with what to write") {
  EstateOfTwo estate;
  two_releases(estate);
  estate.set("prod", "one: &both 1.0.0\ntwo: *both");
  const std::string before = estate.text_of(kProdFile);
  CHECK_THAT(
      estate.cemli(1, "promote one --to prod").err,
      Contains("environments/prod.yaml:6:3: 'two' is changed by hand") && Contains("two: 1.0.0"));
  CHECK(estate.text_of(kProdFile) == before);
  estate.cemli(0, "promote --to prod");
  CHECK_THAT(estate.text_of(kProdFile), Contains("  one: &both 1.1.0\n  two: *both\n"));
}

TEST_CASE("promoting does not touch the source's record") {
  EstateOfTwo estate;
  two_releases(estate);
  const auto before = Sandbox::contents(estate.store());
  estate.cemli(0, "promote --to prod");
  CHECK(Sandbox::contents(estate.store()) == before);
}

TEST_CASE("a crash between the two files is named by validate") {
  EstateOfTwo estate;
  two_releases(estate);
  estate.cemli(0, "lock -e prod");
  bool was_between = false;
  for (int at = 1;; ++at) {
    const std::string file = estate.text_of(kProdFile);
    const std::string lock = estate.text_of(kProdLock);
    estate.environment()["CEMLI_CRASH_AT"] = std::to_string(at);
    estate.environment()["CEMLI_CRASH_COUNT"] =
        (estate.root() / ("crash" + std::to_string(at))).string();
    Command command = estate.start("promote --to prod");
    const Ended ended = command.wait();
    estate.environment().erase("CEMLI_CRASH_AT");
    estate.environment().erase("CEMLI_CRASH_COUNT");
    if (ended.exit_code == 0) break;
    REQUIRE(ended.signal == 9);
    const bool file_is_new = estate.text_of(kProdFile) != file;
    const bool lock_is_new = estate.text_of(kProdLock) != lock;
    if (file_is_new && !lock_is_new) {
      was_between = true;
      CHECK_THAT(estate.cemli(1, "validate -e prod").err,
                 Contains("environments/prod.lock.json: stale") &&
                     Contains("'one' is locked at 1.0.0, which does not fit '1.1.0'"));
    } else {
      estate.cemli(0, "validate -e prod");
    }
    estate.write(kProdFile, file);
    estate.write(kProdLock, lock);
    REQUIRE(at < 20);
  }
  CHECK(was_between);
}

}  // namespace
}  // namespace cemli::test
