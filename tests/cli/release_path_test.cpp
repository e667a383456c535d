#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/estate_of_two.h"
#include "tests/support/forge_server.h"
#include "tests/support/signing_keys.h"

// The way of a release as a team has it, from one environment to the next: signed packages, a
// request with its plan, approvals, a merge, a run by a machine of its own, and an auditor.
namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kRules =
    "policy: {exact_versions: true, locked: true, promoted: true, signed_packages: true,\n"
    "         approvals: {count: 2, not_author: true}}\n";

/// Counts the version that it runs; `two` waits for as long as the file `hold` exists.
PackageSource package(const std::string& name, const std::string& version) {
  PackageSource source{name, version,
                       "[ $CEMLI_PACKAGE != two ] || touch $E/at-two\n"
                       "[ $CEMLI_PACKAGE != two ] || while [ -e $E/hold ]; do sleep 0.05; done\n"
                       "echo $CEMLI_VERSION >> $E/$CEMLI_ENVIRONMENT-$CEMLI_PACKAGE"};
  source.manifest["idempotent"] = true;
  source.manifest["parameters"] = {{"region", {{"type", "string"}, {"default", "EU"}}}};
  if (name == "two") source.manifest["depends_on"] = {{"one", "^1"}};
  if (name == "three") source.manifest["depends_on"] = {{"two", "^1"}};
  return source;
}

class Team {
 public:
  Team() : forge(ForgeServer::Kind::github) {
    std::string signers;
    for (const char* name : {"builder", "jane", "joe", "runner"}) {
      keys.make(name);
      signers += fmt::format("{}@example.com {}\n", name, keys.public_key(name));
    }
    keys.make("stranger");
    estate.write("environments/allowed_signers", signers);
    auto& variables = estate.environment();
    variables["GITHUB_REPOSITORY"] = ForgeServer::kRepository;
    variables["GITHUB_API_URL"] = forge.api();
    variables["GITHUB_REF"] = fmt::format("refs/pull/{}/merge", ForgeServer::kRequest);
    variables["GITHUB_TOKEN"] = ForgeServer::kToken;
    estate.git({"init", "--quiet", "--bare", "--initial-branch=main", "../remote.git"});
    estate.git({"remote", "add", "origin", (estate.root() / "remote.git").string()});
    publish("1.0.0");
    set("prod", "1.0.0", kRules);
    set("test", "1.0.0");
    estate.cemli(0, "lock -e prod");
    push("Begin");
    estate.cemli(0, "apply -e test --auto-approve --first-run");
    approve_by_two("HEAD");
    estate.cemli(0, "apply -e prod --auto-approve --first-run");
  }

  void publish(const std::string& version) {
    std::vector<std::string> words{"package", "publish", "--store",     stores() + "packages",
                                   "--sign",  "--key",   key("builder")};
    for (const char* name : {"one", "two", "three"})
      words.push_back(estate.write_package(package(name, version)).string());
    estate.cemli(0, words);
  }
  void set(const std::string& environment, const std::string& version,
           const std::string& rules = "") {
    estate.set(environment, fmt::format("one: {0}\ntwo: {0}\nthree: {0}", version),
               fmt::format("stores: {{packages: '{0}packages', results: '{0}results', state: "
                           "'{0}state'}}\n{1}",
                           stores(), rules));
  }
  void push(const std::string& message) {
    estate.commit(message);
    estate.git({"push", "--quiet", "origin", "HEAD"});
  }
  /// 1.1.0 is run in test, and is promoted to prod by a request.
  void request_release() {
    publish("1.1.0");
    set("test", "1.1.0");
    push("Try 1.1.0");
    estate.cemli(0, "apply -e test --auto-approve");
    estate.cemli(0, "promote --to prod --branch release --commit --push --open-request");
  }
  [[nodiscard]] std::string digest_at(const std::string& revision) {
    return estate.json_of("plan -e prod --format json --ref " + revision).at("digest");
  }
  Ended approve(int exit_code, const std::string& who, const std::string& revision) {
    return estate.cemli(exit_code, fmt::format("approve {} -e prod --ref {} --yes --key {}",
                                               digest_at(revision), revision, key(who)));
  }
  void approve_by_two(const std::string& revision) {
    approve(0, "jane", revision);
    approve(0, "joe", revision);
  }
  /// As a forge merges, with a commit of its own.
  void merge() {
    estate.git({"switch", "--quiet", "main"});
    estate.git({"merge", "--quiet", "--no-ff", "-m", "Merge the release", "release"});
    estate.git({"push", "--quiet", "origin", "main"});
  }
  void merge_approved_release() {
    request_release();
    approve_by_two("release");
    merge();
  }
  /// A clone of what is merged, where the runner's key is.
  [[nodiscard]] std::string on_runner() {
    const fs::path clone = estate.root() / "runner";
    fs::remove_all(clone);
    estate.git({"clone", "--quiet", (estate.root() / "remote.git").string(), clone.string()});
    estate.environment()["CEMLI_HEAD_KEY"] = key("runner");
    return "-C " + clone.string() + " ";
  }
  [[nodiscard]] std::string key(const std::string& name) const {
    return (keys.folder() / name).string();
  }
  [[nodiscard]] std::string stores() const {
    return "file:" + (estate.root() / "stores/").string();
  }

  EstateOfTwo estate;
  SigningKeys keys;
  ForgeServer forge;
};

/// The lines of docs/audit.md between `begin` and the end of their block, run in a shell. What they
/// printed, errors and all.
std::string type_page(Team& team, const std::string& begin, const fs::path& folder) {
  const std::string page = read_file(CEMLI_AUDIT_PAGE).value();
  const std::size_t at = page.find(begin);
  REQUIRE(at != std::string::npos);
  const std::string script = page.substr(at, page.find("```", at) - at);
  Command shell({.argv = {"/bin/sh", "-c", script},
                 .environment = {{"PATH", "/usr/bin:/bin"}},
                 .folder = folder,
                 .output = team.estate.root() / "shell"});
  const Ended ended = shell.wait();
  return ended.out + ended.err;
}

void check_export(Team& team, const std::string& runner) {
  Sandbox& box = team.estate;
  const fs::path archive = box.root() / "change-4711.tar";
  box.cemli(0, split_words(runner + "audit export latest -e prod -o " + archive.string()));
  const fs::path folder = box.root() / "auditor";
  fs::create_directories(folder);
  Command tar({.argv = {"/usr/bin/tar", "-x", "-f", archive.string(), "-C", folder.string(),
                        "--strip-components", "1"},
               .environment = {{"PATH", "/usr/bin:/bin"}},
               .folder = folder,
               .output = box.root() / "tar"});
  REQUIRE(tar.wait().exit_code == 0);
  const std::string head = type_page(team, "find . ! -type f", folder);
  CHECK_THAT(head, Contains(" recorded/prod/log/"));
  CHECK(std::count(head.begin(), head.end(), '\n') == 1);
  const std::string signatures = type_page(team, "run=$(basename recorded", folder);
  INFO(signatures);
  for (const char* good :
       {"Good \"cemli-approval\" signature for jane@example.com",
        "Good \"cemli-approval\" signature for joe@example.com",
        "signatures/packages/two-1.1.0.json: Good \"cemli-package\" signature for builder@",
        "Good \"cemli-head\" signature for runner@example.com", "  recorded/prod/log/"}) {
    CHECK_THAT(signatures, Contains(good));
  }
  // Two approvals, two packages of the run that went on, a head, and its entry; nothing is wrong.
  CHECK(std::count(signatures.begin(), signatures.end(), '\n') == 6);
  // Another's signature in the place of an approver's is no good one.
  for (const auto& entry : fs::directory_iterator(folder / "signatures/approvals")) {
    fs::copy_file(folder / "signatures/packages/two-1.1.0.sig", entry.path(),
                  fs::copy_options::overwrite_existing);
  }
  CHECK_THAT(type_page(team, "run=$(basename recorded", folder),
             !Contains("Good \"cemli-approval\""));
}

TEST_CASE(
    "a release goes from test to prod as two people have approved it, and an auditor sees it") {
  Team team;
  EstateOfTwo& estate = team.estate;
  team.request_release();
  REQUIRE(team.forge.requests().size() == 1);
  CHECK(team.forge.requests()[0].base == "main");
  estate.cemli(0, "plan --base main --head release --comment");
  CHECK_THAT(team.forge.comments().at(0).body, Contains("| prod | 3 to update |"));
  const std::string digest = team.digest_at("release");
  team.approve_by_two("release");
  const std::string requested = estate.git({"rev-parse", "release"});
  team.merge();
  CHECK(estate.git({"rev-parse", "main"}) != requested);
  CHECK(team.digest_at("main") == digest);

  const std::string runner = team.on_runner();
  const fs::path hold = estate.effects() / "hold";
  REQUIRE(replace_file(hold, "", Durability::relaxed));
  fs::remove(estate.effects() / "at-two");
  Command killed = estate.start(runner + "apply -e prod --auto-approve");
  REQUIRE(eventually([&] { return estate.has_effect("at-two"); }));
  killed.signal(SIGKILL);
  killed.wait();
  fs::remove(hold);
  CHECK_THAT(estate.cemli(0, runner + "apply -e prod --auto-approve").err,
             !Contains("the log's head is not signed"));
  CHECK(estate.effect("prod-one") == std::vector<std::string>{"1.0.0", "1.1.0"});
  CHECK(estate.effect("prod-three") == std::vector<std::string>{"1.0.0", "1.1.0"});
  CHECK_THAT(estate.cemli(0, runner + "plan -e prod --detailed-exitcode").out,
             Contains("No changes."));
  estate.cemli(0, runner + "audit verify -e prod");
  check_export(team, runner);
}

TEST_CASE("what approvers did not see is not run: a branch that moved on, and looser rules") {
  Team team;
  EstateOfTwo& estate = team.estate;
  team.request_release();
  team.approve_by_two("release");
  const std::string text = estate.text_of("environments/prod.yaml");
  estate.write("environments/prod.yaml", text + "parameters: {region: EMEA}\n");
  team.push("One more thing");
  team.merge();
  const auto effects = Sandbox::contents(estate.effects());
  CHECK_THAT(estate.cemli(4, "apply -e prod --auto-approve").err,
             Contains("it has 0 of the 2 approvals that it needs"));
  std::string loose = text;
  loose.replace(loose.find("count: 2"), 8, "count: 1");
  estate.write("environments/prod.yaml", loose);
  team.push("One is enough");
  team.approve(0, "jane", "HEAD");
  CHECK_THAT(estate.cemli(4, "apply -e prod --auto-approve").err,
             Contains("it has 1 of the 2 approvals") &&
                 Contains("by the rules of the last converged commit"));
  // Who signs packages is changed by the request that needs it.
  estate.write("environments/allowed_signers",
               fmt::format("stranger@example.com {}\n", team.keys.public_key("stranger")));
  team.push("Trust me");
  CHECK_THAT(estate.cemli(4, "apply -e prod --auto-approve").err, Contains("signed_packages:"));
  CHECK(Sandbox::contents(estate.effects()) == effects);
}

TEST_CASE(
    "a zip, or all of a version, that was swapped in the store is refused before anything runs") {
  Team team;
  EstateOfTwo& estate = team.estate;
  team.merge_approved_release();
  const auto effects = Sandbox::contents(estate.effects());
  const fs::path packages = estate.root() / "stores/packages";
  const auto swap = [&](const std::string& object, const std::string& bytes) {
    fs::permissions(packages / object, fs::perms::owner_all);
    const std::string whole = read_file(packages / object).value();
    REQUIRE(replace_file(packages / object, bytes, Durability::relaxed));
    return whole;
  };
  // three runs last, and is looked at first.
  const std::string zip = swap("three/1.1.0.zip", read_file(packages / "three/1.0.0.zip").value());
  CHECK_THAT(estate.cemli(4, "apply -e prod --auto-approve").err,
             Contains("is not of the size") && Contains("nothing was done"));
  // As who can write to the store would do it: a good zip of other content, as its index says.
  estate.cemli(0, {"package", "publish", "--store", "file:" + (estate.root() / "forged").string(),
                   estate.write_package({"three", "1.1.0", "echo evil >> $E/evil"}).string()});
  for (const char* object : {"three/1.1.0.zip", "three/1.1.0.json"})
    swap(object, read_file(estate.root() / "forged" / object).value());
  CHECK_THAT(estate.cemli(4, "apply -e prod --auto-approve").err, Contains("signed_packages:"));
  CHECK(Sandbox::contents(estate.effects()) == effects);
}

TEST_CASE(
    "an entry, a piece of evidence or another environment's log in the record's place is named") {
  Team team;
  EstateOfTwo& estate = team.estate;
  team.merge_approved_release();
  const fs::path log = estate.root() / "stores/state/prod/log";
  const fs::path kept = estate.root() / "kept";
  fs::copy(estate.root() / "stores", kept, fs::copy_options::recursive);
  const auto restore = [&] {
    fs::remove_all(estate.root() / "stores");
    fs::copy(kept, estate.root() / "stores", fs::copy_options::recursive);
  };
  fs::remove(log / "00000000000000000002.json");
  CHECK_THAT(estate.cemli(1, "audit verify -e prod").out, Contains("prod/log/"));
  restore();
  const fs::path run = *fs::directory_iterator(estate.root() / "stores/results/prod/runs");
  fs::remove(run / "policy.json");
  CHECK_THAT(estate.cemli(1, "audit verify -e prod").out,
             Contains("policy.json\n") && Contains("missing"));
  CHECK(estate.cemli(1, "audit export latest -e prod -o x.tar").err.find("policy.json") !=
        std::string::npos);
  restore();
  fs::remove_all(log);
  fs::copy(estate.root() / "stores/state/test/log", log, fs::copy_options::recursive);
  const auto effects = Sandbox::contents(estate.effects());
  estate.cemli(1, "apply -e prod --auto-approve");
  estate.cemli(1, "audit verify -e prod");
  CHECK(Sandbox::contents(estate.effects()) == effects);
}

TEST_CASE("a tail that was cut is found against the head that the executor has signed") {
  Team team;
  EstateOfTwo& estate = team.estate;
  team.merge_approved_release();
  const std::string runner = team.on_runner();
  estate.cemli(0, runner + "apply -e prod --auto-approve");
  estate.cemli(0, "audit verify -e prod");
  // An old head under a newer name is none.
  const fs::path heads = estate.root() / "stores/results/prod/heads";
  const std::vector<fs::path> signed_heads(fs::directory_iterator(heads), {});
  REQUIRE(signed_heads.size() == 2);
  for (const fs::path& file : signed_heads)
    fs::copy_file(file, heads / ("00000000000000000000" + file.extension().string()));
  // All of the run that nobody is to know of: its entries, its evidence, and what caches know.
  const fs::path log = estate.root() / "stores/state/prod/log";
  std::vector<fs::path> entries(fs::directory_iterator(log), {});
  std::sort(entries.begin(), entries.end());
  std::string run;
  while (run.empty()) {
    const json entry = json::parse(read_file(entries.back()).value());
    for (const json& event : entry.at("events"))
      if (event.at("type") == "run.started") run = event.at("run");
    fs::remove(entries.back());
    entries.pop_back();
  }
  fs::remove_all(estate.root() / "stores/results/prod/runs" / run);
  fs::remove_all(estate.root() / "stores/state/prod/checkpoints");
  fs::remove_all(estate.root() / "home");
  fs::create_directories(estate.root() / "home");
  CHECK_THAT(estate.cemli(1, "audit verify -e prod").out,
             Contains("the head that runner@example.com") &&
                 Contains("has seen it: the log's tail is cut"));
}

}  // namespace
}  // namespace cemli::test
