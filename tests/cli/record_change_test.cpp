#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

constexpr const char* kCountVersion = "echo \"$CEMLI_VERSION\" >> \"$E/$CEMLI_PACKAGE\"\n";

/// Whether a plan has nothing to do.
bool plan_is_empty(Sandbox& sandbox) {
  return sandbox.cemli(0, "plan -e dev").out.find("No changes") != std::string::npos;
}

/// Runs an apply whose only step waits until the test ends.
Command waiting_apply(Sandbox& sandbox) {
  sandbox.publish_and_desire(
      {{"slow", "1.0.0", "echo > $E/up\nuntil [ -e $E/go ]; do sleep 0.02; done\n"}});
  Command apply = sandbox.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !sandbox.effect("up").empty(); }));
  return apply;
}

/// Another environment of the same repository, with a state store of its own.
void desire_in(Sandbox& sandbox, const std::string& environment, const std::string& packages) {
  std::string text = "format: 1\nenvironment: " + environment + "\npackages:\n";
  for (const std::string& line : split_words(packages, '\n')) text += "  " + line + "\n";
  sandbox.write("environments/" + environment + ".yaml", text);
  sandbox.commit();
}

// forget

TEST_CASE("what is forgotten counts as new, and its attempts go on") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0", "echo $CEMLI_ATTEMPT >> $E/a\n"}, {"b", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const Ended ended = sandbox.cemli(0, "state forget a b --why gone -e dev");
  CHECK(ended.out == "forgotten: a\nforgotten: b\n");
  CHECK_THAT(ended.err, Contains("stays as it is"));
  CHECK(sandbox.status_of("a").empty());
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("a") == std::vector<std::string>{"1", "2"});
  CHECK_THAT(sandbox.cemli(1, "state forget a c --why gone -e dev").err,
             Contains("nothing is recorded of 'c'"));
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("the record is not rewritten while a run is active") {
  Sandbox sandbox;
  Command apply = waiting_apply(sandbox);
  desire_in(sandbox, "prod", "slow: 1.0.0");
  sandbox.cemli(0, "state adopt --all --why x -e prod");
  const auto before = Sandbox::contents(sandbox.store() / "state");
  for (const char* words : {"forget slow", "adopt slow", "move slow fast", "refresh --from prod"}) {
    const Ended ended = sandbox.cemli(5, fmt::format("state {} --why x -e dev", words));
    CHECK_THAT(ended.err, Contains("locked by run"));
  }
  CHECK(Sandbox::contents(sandbox.store() / "state") == before);
  REQUIRE(create_file(sandbox.effects() / "go", "", Durability::relaxed));
  CHECK(apply.wait().exit_code == 0);
}

TEST_CASE("a run that is gone is set aside by what rewrites the record") {
  Sandbox sandbox;
  Command apply = waiting_apply(sandbox);
  apply.signal(9);
  apply.wait();
  REQUIRE(eventually([&] { return sandbox.step_processes().empty(); }));
  sandbox.cemli(0, "state forget slow --why gone -e dev");
  CHECK(sandbox.events("run.abandoned").size() == 1);
  CHECK(sandbox.status_of("slow").empty());
  sandbox.cemli(0, "audit verify -e dev");
}

// adopt

TEST_CASE("a brownfield is adopted, and the next plan is empty") {
  Sandbox sandbox;
  std::vector<PackageSource> sources;
  for (int i = 0; i < 100; ++i) {
    PackageSource source{fmt::format("p{:02}", i), "1.0.0", "echo > $E/ran\n"};
    if (i > 0) source.manifest["depends_on"] = {{fmt::format("p{:02}", i - 1), "*"}};
    sources.push_back(std::move(source));
  }
  sandbox.publish_and_desire(sources);
  const Ended ended = sandbox.cemli(0, "state adopt --all --why brownfield -e dev");
  CHECK(split_words(ended.out, '\n').size() == 100);
  CHECK(plan_is_empty(sandbox));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK_FALSE(sandbox.has_effect("ran"));
  CHECK(sandbox.events("package.adopted").size() == 100);
  CHECK(sandbox.events().back().at("seq") == 1);
  CHECK(sandbox.status_of("p42") == "succeeded");
  CHECK_THAT(sandbox.cemli(0, "state show p42 -e dev").out, Contains("recorded without a run"));
  CHECK_THAT(sandbox.cemli(1, "state adopt --all --why again -e dev").err,
             Contains("nothing to adopt"));
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a brownfield larger than an entry is adopted in several") {
  Sandbox sandbox;
  const std::string text(60'000, 'x');
  sandbox.publish({{"p", "1.0.0", ":", {{"parameters", {{"text", {{"type", "string"}}}}}}}});
  std::string packages = "p:\n  version: 1.0.0\n  instances:\n";
  for (int i = 0; i < 40; ++i) packages += fmt::format("    I{}: {{text: \"{}\"}}\n", i, text);
  sandbox.desire(packages);
  sandbox.cemli(0, "state adopt --all --why brownfield -e dev");
  CHECK(sandbox.events("package.adopted").size() == 40);
  for (const auto& [path, bytes] : Sandbox::contents(sandbox.store() / "state/dev/log"))
    CHECK(bytes.size() <= 1024UL * 1024);
  CHECK(sandbox.events().back().at("seq") == 3);
  CHECK(plan_is_empty(sandbox));
}

TEST_CASE("addresses are adopted one by one, with their version or without") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"a", "1.0.0", kCountVersion}, {"b", "2.0.0", kCountVersion}, {"c", "1.0.0", kCountVersion}});
  CHECK(sandbox.cemli(0, "state adopt a b@2.0.0 --why vendor -e dev").out ==
        "adopted: a 1.0.0\nadopted: b 2.0.0\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK_FALSE(sandbox.has_effect("a"));
  CHECK(sandbox.effect("c").size() == 1);
}

TEST_CASE("what is installed is adopted at a commit that desires it, and updated then") {
  Sandbox sandbox;
  sandbox.publish({{"a", "1.0.0", kCountVersion}, {"a", "2.0.0", kCountVersion}});
  sandbox.desire("a: 1.0.0\n");
  sandbox.desire("a: 2.0.0\n");
  CHECK_THAT(sandbox.cemli(1, "state adopt a@1.0.0 --why old -e dev").err,
             Contains("'a' is desired at 2.0.0, not 1.0.0") && Contains("--ref"));
  sandbox.cemli(0, "state adopt a@1.0.0 --ref HEAD~1 --why old -e dev");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("update") && Contains("2.0.0"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("a") == std::vector<std::string>{"2.0.0"});
}

TEST_CASE("a brownfield is read from a list or from what another record lists") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0", kCountVersion}, {"b", "2.0.0", kCountVersion}});
  SECTION("lines") {
    sandbox.write("../list", "# what the vendor left\na 1.0.0\n\n  b   # any version\n");
    sandbox.cemli(0, "state adopt --from ../list --why vendor -e dev");
  }
  SECTION("what state list prints, from standard input") {
    desire_in(sandbox, "old", "a: 1.0.0\nb: 2.0.0");
    sandbox.cemli(0, "state adopt --all --why x -e old");
    Invocation adopt = sandbox.invocation(split_words("state adopt --from - --why moved -e dev"));
    adopt.input = sandbox.cemli(0, "state list -e old --json").out;
    CHECK(Command(adopt).wait().exit_code == 0);
  }
  CHECK(plan_is_empty(sandbox));
}

TEST_CASE("an adoption that does not fit is refused as a whole, with all that is wrong") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0"}, {"b", "2.0.0"}});
  sandbox.cemli(0, "state adopt a --why vendor -e dev");
  const auto before = Sandbox::contents(sandbox.store() / "state");
  sandbox.write("../list", "a 1.0.0\nb 1.0.0\nb 2.0.0\nc 1.0.0\n");
  const std::string err = sandbox.cemli(1, "state adopt --from ../list --why x -e dev").err;
  CHECK_THAT(err,
             Contains("../list:1: 'a' has succeeded at 1.0.0") && Contains("cemli state forget"));
  CHECK_THAT(err, Contains("../list:2: 'b' is desired at 2.0.0, not 1.0.0"));
  CHECK_THAT(err, Contains("../list:3: 'b' is named twice"));
  CHECK_THAT(err, Contains("../list:4: 'c' is not desired"));
  sandbox.write("../list", "GL 1\na b c\n");
  CHECK_THAT(sandbox.cemli(1, "state adopt --from ../list --why x -e dev").err,
             Contains("../list:1: ") && Contains("../list:2: expected"));
  sandbox.write("../list", "{\"packages\": [{\"name\": \"a\"}]}");
  CHECK_THAT(sandbox.cemli(1, "state adopt --from ../list --why x -e dev").err,
             Contains("/packages/0: expected an object with an 'address'"));
  for (const char* words : {"", "a --all", "--all --from ../list", "--from ../none"})
    sandbox.cemli(1, fmt::format("state adopt {}{}--why x -e dev", words, *words == 0 ? "" : " "));
  CHECK_THAT(sandbox.cemli(1, "state adopt b -e dev").err, Contains("--why is required"));
  CHECK(Sandbox::contents(sandbox.store() / "state") == before);
}

TEST_CASE("what failed by cemli and was mended by hand is adopted") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0", "exit 1"}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  sandbox.cemli(0, "state adopt a --why mended -e dev");
  CHECK(plan_is_empty(sandbox));
}

// move

TEST_CASE("a package that becomes an instance is not run again") {
  Sandbox sandbox;
  sandbox.publish({{"l10n",
                    "1.0.0",
                    "echo x >> $E/l10n\n",
                    {{"parameters", {{"country", {{"type", "string"}}}}}}}});
  sandbox.desire("l10n:\n  version: 1.0.0\n  parameters: {country: FR}\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("l10n:\n  version: 1.0.0\n  instances:\n    FR: {country: FR}\n");
  const Ended ended = sandbox.cemli(0, "state move l10n l10n[FR] --why split -e dev");
  CHECK(ended.out == "moved: l10n to l10n[FR]\n");
  CHECK(ended.err.empty());
  CHECK(plan_is_empty(sandbox));
  CHECK(sandbox.status_of("l10n[FR]") == "succeeded");
  CHECK(sandbox.status_of("l10n").empty());
  CHECK(sandbox.effect("l10n").size() == 1);
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a renamed package is not run again at the same version, and updated at another") {
  Sandbox sandbox;
  sandbox.publish({{"old", "1.0.0", kCountVersion}, {"new", "1.0.0", kCountVersion}, {"new", "1.1.0", kCountVersion}});
  sandbox.desire("old: 1.0.0\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  SECTION("the same version") {
    sandbox.desire("new: 1.0.0\n");
    sandbox.cemli(0, "state move old new --why renamed -e dev");
    CHECK(plan_is_empty(sandbox));
  }
  SECTION("another version") {
    sandbox.desire("new: 1.1.0\n");
    sandbox.cemli(0, "state move old new --why renamed -e dev");
    CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("update"));
  }
}

TEST_CASE("a record is moved only from where it is to where none is") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0"}, {"b", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK_THAT(sandbox.cemli(1, "state move c d --why x -e dev").err,
             Contains("nothing is recorded of 'c'"));
  CHECK_THAT(sandbox.cemli(1, "state move a b --why x -e dev").err,
             Contains("'a' cannot be moved to 'b'"));
  CHECK_THAT(sandbox.cemli(1, "state move a a --why x -e dev").err, Contains("cannot be moved"));
  CHECK_THAT(sandbox.cemli(0, "state move a c --why x -e dev").err,
             Contains("'a' is still desired"));
}

// at

TEST_CASE("the recorded state is shown as it was") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const json before = sandbox.json_of("state list -e dev --json");
  const std::string shown = sandbox.cemli(0, "state show a -e dev").out;
  sandbox.cemli(0, "state taint a --why x -e dev");
  const std::string seq = std::to_string(before.at("seq").get<int>());
  CHECK(sandbox.json_of("state at " + seq + " -e dev --json") == before);
  CHECK(sandbox.cemli(0, "state at " + seq + " a -e dev").out == shown);
  CHECK(sandbox.json_of("state at 2100-01-01 -e dev --json") ==
        sandbox.json_of("state list -e dev --json"));
  CHECK_THAT(sandbox.cemli(0, "state at 1 -e dev").err, Contains("log entry 1"));
  CHECK_THAT(sandbox.cemli(1, "state at 99 -e dev").err, Contains("ends with entry"));
  CHECK_THAT(sandbox.cemli(1, "state at 2000-01-01 -e dev").err, Contains("nothing was recorded"));
  CHECK_THAT(sandbox.cemli(1, "state at soon -e dev").err, Contains("'soon'"));
}

// refresh

TEST_CASE("a cloned target takes over what its origin recorded, and the plan shows the rest") {
  Sandbox sandbox;
  sandbox.publish({{"a", "1.0.0", kCountVersion}, {"a", "2.0.0", kCountVersion}, {"b", "1.0.0", kCountVersion}});
  desire_in(sandbox, "prod", "a: 1.0.0\nb: 1.0.0");
  sandbox.cemli(0, "apply -e prod --auto-approve");
  sandbox.desire("a: 2.0.0\nb: 1.0.0\n");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(plan_is_empty(sandbox));
  CHECK_THAT(sandbox.cemli(0, "state refresh --from prod --why cloned -e dev").out,
             Contains("refreshed: dev from prod at log entry"));
  const json list = sandbox.json_of("state list -e dev --json").at("packages");
  CHECK(list[0].at("version") == "1.0.0");
  const json plan = sandbox.json_of("plan -e dev --format json");
  CHECK(plan.at("summary").at("update") == 1);
  CHECK(plan.at("summary").at("none") == 1);
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("a") == std::vector<std::string>{"1.0.0", "2.0.0", "2.0.0"});
  CHECK(sandbox.effect("b").size() == 2);
  CHECK(sandbox.json_of("state show a -e dev --json")["package"]["attempts"] == 2);
  sandbox.cemli(0, "audit verify -e dev");

  for (const auto& [path, bytes] : Sandbox::contents(sandbox.store() / "state/dev/refreshes"))
    std::filesystem::remove(sandbox.store() / "state/dev/refreshes" / path);
  CHECK_THAT(sandbox.cemli(1, "audit verify -e dev").out, Contains("dev/refreshes/"));
}

TEST_CASE("a clone of an earlier day takes over the state of that day") {
  Sandbox sandbox;
  sandbox.publish({{"a", "1.0.0", kCountVersion}, {"b", "1.0.0", kCountVersion}});
  desire_in(sandbox, "prod", "a: 1.0.0");
  sandbox.cemli(0, "state adopt --all --why x -e prod");
  desire_in(sandbox, "prod", "a: 1.0.0\nb: 1.0.0");
  sandbox.cemli(0, "state adopt --all --why x -e prod");
  sandbox.desire("a: 1.0.0\nb: 1.0.0\n");
  sandbox.cemli(0, "state refresh --from prod --at 1 --why cloned -e dev");
  CHECK(sandbox.status_of("a") == "succeeded");
  CHECK(sandbox.status_of("b").empty());
}

TEST_CASE("a refresh names another environment of which something is recorded") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"a", "1.0.0"}});
  desire_in(sandbox, "prod", "a: 1.0.0");
  const auto refusal = [&](const std::string& from) {
    return sandbox.cemli(1, "state refresh --why x -e dev --from " + from).err;
  };
  CHECK_THAT(refusal("dev"), Contains("from itself"));
  CHECK_THAT(refusal("prod"), Contains("nothing was ever recorded in environment 'prod'"));
  CHECK_THAT(refusal("nowhere"), Contains("nowhere"));
  CHECK_THAT(refusal("../prod"), Contains("is not an environment's name"));
  CHECK(Sandbox::contents(sandbox.store() / "state").empty());
}

}  // namespace
}  // namespace cemli::test
