#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using nlohmann::json;

const char* const kLock = "environments/dev.lock.json";

std::string lock_of(const Sandbox& sandbox) {
  auto text = read_file(sandbox.repository() / kLock);
  REQUIRE(text);
  return *std::move(text);
}

json packages_of(const Sandbox& sandbox) {
  return json::parse(lock_of(sandbox)).at("packages");
}

std::string locked(const Sandbox& sandbox, const std::string& name) {
  return packages_of(sandbox).at(name).at("version");
}

std::string planned(Sandbox& sandbox, std::size_t action = 0) {
  return sandbox.json_of("plan -e dev --format json").at("actions").at(action).at("version");
}

void lock_and_commit(Sandbox& sandbox, const std::string& options = "") {
  sandbox.cemli(0, "lock -e dev" + options);
  sandbox.commit();
}

TEST_CASE("a lock file has one line a package, sorted, with what a plan needs") {
  Sandbox sandbox;
  sandbox.publish({{"two", "1.2.0", ":", {{"depends_on", {{"one", "^1"}}}}}, {"one", "1.0.0"}});
  sandbox.desire("two: ^1\none: {version: 1.0.0, instances: {B: {}, A: {}}}");
  const Ended lock = sandbox.cemli(0, "lock -e dev");
  CHECK_THAT(lock.out, Contains("environments/dev.lock.json locks 2 packages") &&
                           Contains("+ one 1.0.0") && Contains("+ two 1.2.0"));
  const std::vector<std::string> lines = split_words(lock_of(sandbox), '\n');
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == R"({"format": 1, "environment": "dev", "track": "none", "packages": {)");
  CHECK_THAT(lines[1], Catch::StartsWith(R"("one": {"version":"1.0.0","instances":["A","B"],)"));
  CHECK_THAT(lines[2], Catch::StartsWith(R"("two": {"version":"1.2.0","instances":[],)") &&
                           Contains(R"("depends_on":{"one":"^1"})"));
  CHECK(lines[3] == "}}");
  CHECK(sandbox.cemli(0, "lock -e dev").out ==
        "environments/dev.lock.json is up to date: 2 packages\n");
}

TEST_CASE("with a lock a plan needs nothing from the packages store, and is the same plan") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0", ":", {{"idempotent", true}}},
                   {"two",
                    "1.0.0",
                    ":",
                    {{"depends_on", {{"one", "*"}}},
                     {"parameters", {{"size", {{"type", "integer"}, {"default", 3}}}}}}}});
  sandbox.desire("one: 1.0.0\ntwo: {version: 1.0.0, parameters: {size: 4}}");
  const json without = sandbox.json_of("plan -e dev --format json");
  lock_and_commit(sandbox);
  fs::rename(sandbox.store() / "packages", sandbox.root() / "hidden");
  const json with = sandbox.json_of("plan -e dev --format json");
  CHECK(with.at("digest") == without.at("digest"));
  CHECK(with.at("actions") == without.at("actions"));
  sandbox.cemli(0, "validate -e dev");
  fs::rename(sandbox.root() / "hidden", sandbox.store() / "packages");
  sandbox.cemli(0, "apply -e dev --auto-approve");
}

TEST_CASE("a local cache that tells of other files shows what it will, and carries nothing out") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}, {"one", "1.1.0"}});
  const fs::path known = sandbox.root() / "home/.cache/cemli/desired/dev";
  const auto files = [&] {
    return std::set<fs::path>(fs::directory_iterator(known), fs::directory_iterator());
  };
  sandbox.desire("one: 1.0.0");
  lock_and_commit(sandbox);
  CHECK(planned(sandbox) == "1.0.0");
  const std::set<fs::path> of_old = files();
  REQUIRE(of_old.size() == 1);
  sandbox.desire("one: 1.1.0");
  lock_and_commit(sandbox);
  CHECK(planned(sandbox) == "1.1.0");
  for (const fs::path& file : files()) {
    if (!of_old.contains(file))
      fs::copy_file(*of_old.begin(), file, fs::copy_options::overwrite_existing);
  }
  CHECK(planned(sandbox) == "1.0.0");
  const Ended refused = sandbox.cemli(1, "apply -e dev --auto-approve");
  CHECK_THAT(refused.err, Contains("the local cache had something else of "
                                   "'environments/dev.yaml' than commit"));
  CHECK_FALSE(sandbox.has_effect("one"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK_THAT(sandbox.cemli(0, "state show one -e dev").out, Contains("1.1.0"));
}

TEST_CASE("with a lock nothing floats until it is locked again") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}, {"two", "1.0.0"}});
  sandbox.desire("one: ^1", "track: all\n");
  lock_and_commit(sandbox);
  sandbox.publish({{"one", "1.1.0"}, {"two", "1.1.0"}, {"three", "1.0.0"}});
  const Ended plan = sandbox.cemli(0, "plan -e dev");
  CHECK_THAT(plan.out, !Contains("1.1.0") && !Contains("three") && !Contains("lock file"));

  // What still fits is kept, and what is new is taken in.
  CHECK_THAT(sandbox.cemli(0, "lock -e dev").out, Contains("+ three 1.0.0") && !Contains("1.1.0"));
  CHECK(locked(sandbox, "one") == "1.0.0");
  CHECK(planned(sandbox) == "1.0.0");
}

TEST_CASE("an upgrade takes the newest, of what is named or of everything") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}, {"two", "1.0.0"}, {"two", "2.0.0"}});
  sandbox.desire("one: ^1\ntwo: {version: ^1, instances: {A: {}}}");
  lock_and_commit(sandbox);
  sandbox.publish({{"one", "1.1.0"}, {"two", "1.1.0"}});
  CHECK_THAT(sandbox.cemli(0, "lock --upgrade two[A] -e dev").out,
             Contains("~ two 1.0.0 -> 1.1.0"));
  CHECK(locked(sandbox, "one") == "1.0.0");
  CHECK(locked(sandbox, "two") == "1.1.0");
  CHECK_THAT(sandbox.cemli(0, "lock -e dev --upgrade").out, Contains("~ one 1.0.0 -> 1.1.0"));
  CHECK(locked(sandbox, "two") == "1.1.0");
  CHECK_THAT(sandbox.cemli(1, "lock -e dev --upgrade four").err, Contains("'four'"));
}

TEST_CASE("a stale lock is an error that names each package and the command") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"},
                   {"one", "2.0.0"},
                   {"two", "1.0.0"},
                   {"three", "1.0.0"},
                   {"four", "1.0.0"}});
  sandbox.desire("one: ^1\ntwo: {version: 1.0.0, instances: {A: {}}}\nthree: 1.0.0");
  lock_and_commit(sandbox);
  sandbox.desire("one: ^2\ntwo: {version: 1.0.0, instances: {A: {}, B: {}}}\nfour: 1.0.0");
  for (const char* command : {"validate -e dev", "plan -e dev", "apply -e dev --auto-approve"}) {
    const std::string err = sandbox.cemli(1, command).err;
    CHECK_THAT(err, Contains("environments/dev.lock.json: stale"));
    CHECK_THAT(err, Contains("environments/dev.yaml:4:8: 'one' is locked at 1.0.0, which does not "
                             "fit '^2'"));
    CHECK_THAT(err, Contains("environments/dev.yaml:5:3: the instances of 'two' are A, B, and A "
                             "are locked"));
    CHECK_THAT(err, Contains("environments/dev.yaml:6:3: 'four' is not locked"));
    CHECK_THAT(err, Contains("environments/dev.lock.json: 'three' 1.0.0 is locked, and "
                             "environments/dev.yaml does not desire it"));
    CHECK_THAT(err, Contains("cemli lock -e dev"));
  }
  CHECK_FALSE(fs::exists(sandbox.store() / "state"));
  const std::string out = sandbox.cemli(0, "lock -e dev").out;
  CHECK_THAT(out, Contains("~ one 1.0.0 -> 2.0.0") &&
                      Contains("~ two 1.0.0, with other instances") && Contains("- three 1.0.0") &&
                      Contains("+ four 1.0.0"));
  sandbox.commit();
  sandbox.cemli(0, "plan -e dev");
}

TEST_CASE("a lock that was made without tracking is stale once everything is tracked") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}, {"two", "1.0.0"}});
  sandbox.desire("one: 1.0.0");
  lock_and_commit(sandbox);
  sandbox.desire("one: 1.0.0", "track: all\n");
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err,
             Contains("'track' is all, and was none when the lock was written"));
}

TEST_CASE("parameters and comments do not make a lock stale") {
  Sandbox sandbox;
  sandbox.publish(
      {{"one", "1.0.0", ":", {{"parameters", {{"size", {{"type", "integer"}, {"default", 1}}}}}}}});
  sandbox.desire("one: ^1");
  lock_and_commit(sandbox);
  const std::string before = lock_of(sandbox);
  sandbox.desire("one:   # said at length\n  version: '>=1.0.0'\n  parameters: {size: 2}");
  CHECK(planned(sandbox) == "1.0.0");
  sandbox.cemli(0, "lock -e dev");
  CHECK(lock_of(sandbox) == before);
}

TEST_CASE("a zip that changed under its version is caught") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0", "echo first > $E/one"}});
  sandbox.desire("one: 1.0.0");
  lock_and_commit(sandbox);
  fs::remove_all(sandbox.store() / "packages/one");
  sandbox.publish({{"one", "1.0.0", "echo second > $E/one"}});
  const std::string err = sandbox.cemli(1, "lock -e dev").err;
  CHECK_THAT(err, Contains("one: the content of 1.0.0 changed under its version"));
  sandbox.cemli(1, "lock -e dev --upgrade");
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --auto-approve").err,
             Contains("'one' 1.0.0: content_digest, zip_sha256") && Contains("not as published"));
  CHECK_FALSE(sandbox.has_effect("one"));
  CHECK(sandbox.status_of("one").empty());

  sandbox.desire("one: 1.0.0", "policy: {mutable_versions: true}\n");
  CHECK_THAT(sandbox.cemli(0, "lock -e dev").out, Contains("~ one 1.0.0, with other content"));
}

TEST_CASE("what no plan could be made of is not locked") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0", ":", {{"depends_on", {{"gone", "*"}}}}}});
  sandbox.desire("one: ^1");
  CHECK_THAT(sandbox.cemli(1, "lock -e dev").err, Contains("'gone'"));
  CHECK_FALSE(fs::exists(sandbox.repository() / kLock));
}

TEST_CASE("the lock of the commit counts, and one that differs on disk is noted") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}});
  sandbox.desire("one: ^1");
  lock_and_commit(sandbox);
  sandbox.publish({{"one", "1.1.0"}});
  CHECK_THAT(sandbox.cemli(0, "lock -e dev --upgrade").err,
             Contains("counts once it is committed"));
  CHECK(planned(sandbox) == "1.0.0");
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").err,
             Contains("note: environments/dev.lock.json differs in the working tree"));
  CHECK(sandbox.json_of("plan -e dev --working-tree --format json")
            .at("actions")
            .at(0)
            .at("version") == "1.1.0");
}

TEST_CASE("a lock file that is damaged, newer or of another environment is refused") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}});
  sandbox.desire("one: 1.0.0");
  lock_and_commit(sandbox);
  const std::string good = lock_of(sandbox);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const std::string line = split_words(good, '\n').at(1);
  const std::map<std::string, std::string> cases{
      {"<<<<<<< HEAD\n" + good, "environments/dev.lock.json: 1:1: "},
      {with("\"format\": 1", "\"format\": 2"), "/format: newer than this version of cemli reads"},
      {with("\"dev\"", "\"test\""), "/environment: this is of 'test'"},
      {with("\"none\"", "\"some\""), "/track: expected none or all"},
      {with("\"track\"", "\"trick\""), "/track: missing"},
      {with("{\"format\"", "{\"extra\": 1, \"format\""), "/extra: unknown"},
      {with("\"instances\"", "\"extra\":1,\"instances\""), "/packages/one: /extra: unknown"},
      {with(line, line + ",\n" + line), "/packages/one: the key 'one' stands there twice"},
      {with("\"one\": ", "\"two\": "), "/packages/two: the manifest is of 'one' 1.0.0"},
      {with("\"1.0.0\"", "\"1.0.1\""), "/packages/one: the manifest is of 'one' 1.0.0"},
      {with("\"zip_size\":", "\"zip_size\":-"), "/packages/one: /zip_size"},
      {"{\"format\": 1, \"environment\": \"dev\", \"track\": \"none\", \"packages\": {\"one\": 1}}",
       "/packages/one: expected an object"},
      {"{\"format\": 1, \"environment\": \"dev\", \"track\": \"none\", \"packages\": []}",
       "/packages: expected an object"},
      {"[]", "expected an object"},
      {"\xff", "not UTF-8"}};
  for (const auto& [text, problem] : cases) {
    INFO(text);
    sandbox.write(kLock, text);
    const std::string err = sandbox.cemli(1, "validate -e dev").err;
    CHECK_THAT(err, Contains("environments/dev.lock.json: ") && Contains(problem));
    CHECK_THAT(sandbox.cemli(1, "lock -e dev").err, Contains("cemli lock -e dev"));
  }
}

TEST_CASE("a locked version that is no longer published is named with the way out") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}, {"one", "1.1.0"}});
  sandbox.desire("one: ^1");
  lock_and_commit(sandbox);
  fs::remove(sandbox.store() / "packages/one/1.1.0.json");
  CHECK_THAT(sandbox.cemli(1, "lock -e dev").err,
             Contains("'one' is locked at 1.1.0, which is no longer published") &&
                 Contains("cemli lock --upgrade one -e dev"));
  CHECK_THAT(sandbox.cemli(0, "lock --upgrade one -e dev").out, Contains("~ one 1.1.0 -> 1.0.0"));
}

TEST_CASE("a lock is written where there is a working tree") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  sandbox.git({"clone", "--quiet", "--bare", ".", "../bare.git"});
  CHECK_THAT(sandbox.cemli(1, "--repo ../bare.git lock -e dev").err, Contains("working tree"));
  CHECK_THAT(sandbox.cemli(1, "lock").err, Contains("no environment is named"));
}

}  // namespace
}  // namespace cemli::test
