#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
using Names = std::vector<std::string>;

/// Three environments with stores of their own on `main`, and packages in several versions.
class Estate {
 public:
  Estate() {
    const std::string address = "file:" + (sandbox.root() / "packages-store").string();
    for (const char* name : {"base", "top", "other"}) {
      for (const char* version : {"1.0.0", "1.1.0", "1.2.0"}) {
        const auto folder = sandbox.write_package({name, version});
        sandbox.cemli(0, {"package", "publish", "--store", address, folder.string()});
      }
    }
    for (const char* name : {"dev", "prod", "test"})
      desire(name, {{"base", "1.0.0"}, {"top", "1.0.0"}});
    sandbox.commit("Start");
  }

  using Versions = std::vector<std::pair<std::string, std::string>>;
  void desire(const std::string& environment, const Versions& versions,
              const std::string& more = "") const {
    const std::string root = "file:" + sandbox.root().string();
    std::string text = "format: 1\nenvironment: " + environment + "\nstores:\n  packages: " + root +
                       "/packages-store\n  results: " + root + "/" + environment +
                       "/results\n  state: " + root + "/" + environment + "/state\n" + more +
                       "packages:\n";
    for (const auto& [name, version] : versions) text += "  " + name + ": " + version + "\n";
    sandbox.write("environments/" + environment + ".yaml", text);
  }
  void apply(const std::string& environment) {
    sandbox.cemli(0, "apply --auto-approve --first-run -e " + environment);
  }
  void branch(const std::string& name) { sandbox.git({"switch", "--quiet", "--create", name}); }
  /// Desires it on a new branch `topic`, which stays checked out.
  void request(const std::string& environment, const Versions& versions,
               const std::string& more = "") {
    branch("topic");
    desire(environment, versions, more);
    sandbox.commit("Request");
  }
  /// Desires it on `main`, which stays checked out.
  void meanwhile(const std::string& environment, const Versions& versions,
                 const std::string& more = "") {
    sandbox.git({"switch", "--quiet", "main"});
    desire(environment, versions, more);
    sandbox.commit("Meanwhile");
  }

  mutable Sandbox sandbox;
};

const json& environment_of(const json& request, const std::string& name) {
  for (const json& environment : request.at("environments")) {
    if (environment.at("environment") == name) return environment;
  }
  FAIL("the request does not touch " << name);
  return request;
}

Names names_in(const json& request) {
  Names names;
  for (const json& environment : request.at("environments"))
    names.push_back(environment.at("environment"));
  return names;
}

const std::string kPlan = "plan --base main --head topic";

TEST_CASE("a request shows what it changes, apart from what was pending anyway") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.apply("prod");
  estate.desire("prod", {{"base", "1.0.0"}, {"top", "1.1.0"}});
  sandbox.commit("Pending");
  estate.request("prod", {{"base", "1.1.0"}, {"top", "1.1.0"}});
  const json request = sandbox.json_of(kPlan + " --format json");
  CHECK(names_in(request) == Names{"prod"});
  CHECK(request.at("untouched") == 2);
  CHECK(request.at("head_commit") == sandbox.git({"rev-parse", "topic"}));
  const json& prod = environment_of(request, "prod");
  CHECK(prod.at("changes") == json{"base"});
  CHECK(prod.at("pending") == json{"top"});
  CHECK(prod.at("dropped") == json::array());
  CHECK(prod.at("plan").at("summary").at("update") == 2);
  const std::string text = sandbox.cemli(0, kPlan).out;
  CHECK_THAT(text, Contains("touches 1 of 3 environments") && Contains("The request makes due:") &&
                       Contains("Pending with or without it:"));
  CHECK(text.find("version 1.0.0 -> 1.1.0") != std::string::npos);
}

TEST_CASE("the exit code tells whether a request changes anything") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.apply("dev");
  estate.branch("topic");
  sandbox.write("README.md", "words");
  sandbox.commit("Words");
  CHECK_THAT(sandbox.cemli(0, kPlan + " --detailed-exitcode").out,
             Contains("touches no environment"));
  estate.desire("dev", {{"base", "1.0.0"}, {"top", "1.0.0"}}, "# a comment\n");
  sandbox.commit("A comment");
  CHECK_THAT(sandbox.cemli(0, kPlan + " --detailed-exitcode").out,
             Contains("changes nothing of what is due"));
  estate.desire("dev", {{"base", "1.0.0"}, {"top", "1.2.0"}});
  sandbox.commit("A version");
  sandbox.cemli(0, kPlan);
  sandbox.cemli(2, kPlan + " --detailed-exitcode");
}

TEST_CASE("what the base has got since is no change of the request") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.apply("prod");
  estate.request("prod", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  sandbox.git({"switch", "--quiet", "main"});
  estate.desire("dev", {{"base", "1.2.0"}, {"top", "1.0.0"}});
  // Far enough from the request's line that the two merge.
  estate.desire("prod", {{"base", "1.0.0"}, {"top", "1.0.0"}, {"other", "1.0.0"}},
                "description: changed here\n");
  sandbox.commit("Meanwhile");
  const json request = sandbox.json_of(kPlan + " --format json");
  CHECK(names_in(request) == Names{"prod"});
  const json& prod = environment_of(request, "prod");
  // As it will be once it is merged: with what the base has got since, which is pending anyway.
  CHECK(prod.at("changes") == json{"base"});
  CHECK(prod.at("pending") == json{"other"});
}

TEST_CASE("the plan of a request is the plan of its merge") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.request("prod", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  estate.meanwhile("prod", {{"base", "1.0.0"}, {"top", "1.0.0"}, {"other", "1.0.0"}});
  sandbox.cemli(0, kPlan + " -e prod -o ../plan.json");
  sandbox.git({"merge", "--quiet", "--no-edit", "topic"});
  const json merged = sandbox.json_of("plan -e prod --format json");
  const json saved = json::parse(read_file(sandbox.root() / "plan.json").value());
  CHECK(saved.at("digest") == merged.at("digest"));
  sandbox.cemli(0, "apply ../plan.json --first-run");
}

TEST_CASE("where versions are promoted from is judged as merging leaves it") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.desire("test", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  sandbox.commit("Test");
  estate.apply("test");
  const std::string promoted = "promote_from: test\npolicy: {promoted: true}\n";
  estate.request("prod", {{"base", "1.1.0"}, {"top", "1.0.0"}}, promoted);
  CHECK_THAT(sandbox.cemli(0, kPlan).out, !Contains("promoted: "));
  // The record of test is somewhere else since, and nothing has succeeded there.
  sandbox.git({"switch", "--quiet", "main"});
  const std::string file = "environments/test.yaml";
  std::string text = read_file(sandbox.repository() / file).value();
  const std::string state = "/test/state";
  text.replace(text.find(state), state.size(), "/moved/state");
  sandbox.write(file, text);
  sandbox.commit("Meanwhile");
  CHECK_THAT(sandbox.cemli(0, kPlan).out, Contains("promoted: 'base' 1.1.0"));
}

TEST_CASE("a request over locked environments is the same with a local cache and without one") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  const auto lock = [&] {
    for (const char* name : {"dev", "prod"}) sandbox.cemli(0, {"lock", "-e", name});
  };
  lock();
  sandbox.commit("Lock");
  estate.apply("dev");
  estate.request("dev", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  estate.desire("prod", {{"base", "1.0.0"}, {"top", "1.2.0"}}, "policy: {types: [extension]}\n");
  lock();
  sandbox.commit("Request");
  estate.meanwhile("test", {{"base", "1.0.0"}});
  const std::filesystem::path cache = sandbox.root() / "home/.cache";
  std::filesystem::remove_all(cache);
  const std::string cold = sandbox.cemli(0, kPlan).out;
  CHECK(std::filesystem::exists(cache / "cemli/desired/prod"));
  CHECK(sandbox.cemli(0, kPlan).out == cold);
  CHECK_THAT(cold, Contains("touches 2 of 3 environments"));
}

TEST_CASE("a request that does not merge is told, and the others are shown") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.branch("topic");
  estate.desire("prod", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  estate.desire("dev", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  sandbox.commit("Request");
  estate.meanwhile("prod", {{"base", "1.2.0"}, {"top", "1.0.0"}});
  const Ended ended = sandbox.cemli(1, kPlan);
  CHECK_THAT(ended.out, Contains("Environment prod cannot be planned:") &&
                            Contains("'environments/prod.yaml' was changed in commit") &&
                            Contains("Environment dev at commit"));
}

TEST_CASE("an environment that is wrong is shown with its error, and the others are planned") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.branch("topic");
  estate.desire("dev", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  sandbox.write("environments/prod.yaml", "format: 1\nenvironment: prod\npakages: {}\n");
  sandbox.commit("Request");
  const Ended ended = sandbox.cemli(1, kPlan + " --detailed-exitcode");
  CHECK_THAT(ended.out, Contains("environments/prod.yaml:3:1: unknown key 'pakages'") &&
                            Contains("Environment dev at commit"));
  CHECK_THAT(sandbox.cemli(1, kPlan + " --format markdown").out,
             Contains("| prod | **cannot be planned** |"));
  sandbox.cemli(0, kPlan + " -e dev");
}

TEST_CASE("a record that cannot be read is that environment's error") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.apply("prod");
  std::filesystem::remove_all(sandbox.root() / "home/.cache");
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(sandbox.root() / "prod/state")) {
    if (entry.is_regular_file()) REQUIRE(replace_file(entry.path(), "{}", Durability::relaxed));
  }
  estate.branch("topic");
  for (const char* name : {"dev", "prod"})
    estate.desire(name, {{"base", "1.1.0"}, {"top", "1.0.0"}});
  sandbox.commit("Request");
  const Ended ended = sandbox.cemli(1, kPlan);
  CHECK_THAT(ended.out, Contains("Environment prod cannot be planned:") &&
                            Contains("Environment dev at commit"));
}

TEST_CASE("a request that mends a file that was wrong is planned") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  sandbox.write("environments/prod.yaml", "format: 1\nenvironment: prod\npakages: {}\n");
  sandbox.commit("Broken");
  estate.branch("topic");
  estate.desire("prod", {{"base", "1.0.0"}, {"top", "1.0.0"}});
  sandbox.commit("Mended");
  CHECK_THAT(sandbox.cemli(0, kPlan).out, Contains("Note: what was pending without the request"));
}

TEST_CASE("environments that a request adds or removes are told") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.branch("topic");
  estate.desire("uat", {{"base", "1.1.0"}});
  sandbox.git({"rm", "--quiet", "environments/test.yaml"});
  sandbox.commit("Request");
  const json request = sandbox.json_of(kPlan + " --format json");
  CHECK(names_in(request) == Names{"test", "uat"});
  CHECK(environment_of(request, "test").at("request") == "removes");
  CHECK(environment_of(request, "uat").at("request") == "adds");
  CHECK(environment_of(request, "uat").at("changes") == json{"base"});
  CHECK_THAT(sandbox.cemli(2, kPlan + " --detailed-exitcode").out,
             Contains("Environment test is removed by the request"));
}

TEST_CASE("who may sign goes for all environments") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.branch("topic");
  sandbox.write("environments/allowed_signers",
                "jane@acme.com ssh-ed25519 "
                "AAAAC3NzaC1lZDI1NTE5AAAAIJPXeKmJXg2p0bJ2dZsVbR2i4o0YxkJ9pR0m1s6v9m4P\n");
  sandbox.commit("Signers");
  CHECK(names_in(sandbox.json_of(kPlan + " --format json")) == Names{"dev", "prod", "test"});
}

TEST_CASE("a new line of the lock file touches its environment") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.desire("prod", {{"base", "\">=1.0 <1.2\""}});
  sandbox.commit("A range");
  sandbox.cemli(0, "lock -e prod");
  sandbox.commit("Locked");
  estate.branch("topic");
  estate.desire("prod", {{"base", "\">=1.0\""}});
  sandbox.cemli(0, "lock -e prod --upgrade");
  sandbox.commit("Request");
  const json request = sandbox.json_of(kPlan + " --format json");
  const json& prod = environment_of(request, "prod");
  CHECK(prod.at("changes") == json{"base"});
  REQUIRE(prod.at("instead_of").size() == 1);
  CHECK(prod.at("instead_of")[0].at("version") == "1.1.0");
}

TEST_CASE("no environment at all is an error") {
  Sandbox sandbox;
  sandbox.write("README.md", "one");
  sandbox.commit();
  sandbox.git({"switch", "--quiet", "--create", "topic"});
  sandbox.write("README.md", "two");
  sandbox.commit();
  const Ended ended = sandbox.cemli(1, kPlan);
  CHECK_THAT(ended.err, Contains("there is no environment: no file 'environments/NAME.yaml'"));
  CHECK(ended.out.empty());
}

TEST_CASE("what cannot be compared is refused by name") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.branch("topic");
  for (const char* name : {"dev", "prod"})
    estate.desire(name, {{"base", "1.1.0"}, {"top", "1.0.0"}});
  sandbox.commit("Request");
  const auto refusal = [&](const std::string& words) { return sandbox.cemli(1, words).err; };
  CHECK_THAT(refusal("plan --base nothing --head topic"),
             Contains("--base: 'nothing' names no commit"));
  CHECK_THAT(refusal(kPlan + " --format dot"), Contains("draws one plan"));
  CHECK_THAT(refusal(kPlan + " -e nowhere"), Contains("no 'environments/nowhere.yaml'"));
  CHECK_THAT(refusal(kPlan + " -o ../plan.json"), Contains("touches 2 environments"));
  CHECK_THAT(refusal("plan --head topic -e dev"), Contains("--base"));
  CHECK_THAT(refusal(kPlan + " --ref main"), Contains("--ref"));
  CHECK_THAT(refusal(kPlan + " --target base"), Contains("--target"));
  sandbox.git({"switch", "--quiet", "--orphan", "other"});
  sandbox.write("environments/dev.yaml", "format: 1\n");
  sandbox.commit();
  CHECK_THAT(refusal("plan --base main --head other"), Contains("no history in common"));
}

TEST_CASE("a shallow clone says so") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.request("dev", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  sandbox.git({"switch", "--quiet", "main"});
  sandbox.write("README.md", "words");
  sandbox.commit();
  sandbox.git({"clone", "--quiet", "--depth", "1", "--no-single-branch",
               "file://" + sandbox.repository().string(), (sandbox.root() / "clone").string()});
  const Ended ended = sandbox.cemli(1, "plan --base origin/main --head origin/topic -C ../clone");
  CHECK_THAT(ended.err, Contains("the clone is shallow") && Contains("git fetch --unshallow"));
}

TEST_CASE("planning a request leaves nothing behind") {
  Estate estate;
  Sandbox& sandbox = estate.sandbox;
  estate.request("dev", {{"base", "1.1.0"}, {"top", "1.0.0"}});
  estate.meanwhile("dev", {{"base", "1.0.0"}, {"top", "1.0.0"}, {"other", "1.0.0"}});
  const auto before = Sandbox::contents(sandbox.repository());
  sandbox.cemli(0, kPlan);
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

TEST_CASE("a plan as Markdown needs no request") {
  Estate estate;
  CHECK_THAT(
      estate.sandbox.cemli(0, "plan -e dev --format markdown").out,
      Contains("### cemli plan: dev") && Contains("| dev | 2 to run |") && Contains("<details>"));
}

}  // namespace
}  // namespace cemli::test
