#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/support/forgery.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// Two runs; the second has enough entries behind it for nothing to be a special case.
Sandbox recorded_sandbox() {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"one", "1.0.0", "echo text > $CEMLI_ARTIFACTS/a"}, {"two", "1.0.0"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.publish({{"two", "2.0.0"}});
  sandbox.desire("one: 1.0.0\ntwo: 2.0.0");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.cemli(0, "audit verify -e dev");
  return sandbox;
}

/// All objects under a store's folder whose path ends like this.
std::vector<fs::path> objects(const Sandbox& sandbox, const std::string& folder,
                              const std::string& ending) {
  std::vector<fs::path> paths;
  for (const auto& [path, bytes] : Sandbox::contents(sandbox.store() / folder)) {
    if (path.ends_with(ending)) paths.push_back(sandbox.store() / folder / path);
  }
  REQUIRE_FALSE(paths.empty());
  return paths;
}

void flip_byte_of(const fs::path& path) {
  std::string bytes = read_file(path).value();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x01);
  REQUIRE(replace_file(path, bytes, Durability::relaxed));
}

/// The audit must name the object by its key.
void check_found(Sandbox& sandbox, const fs::path& path) {
  const Ended audit = sandbox.cemli(1, "audit verify -e dev");
  const std::string object =
      path.parent_path().filename().string() + "/" + path.filename().string();
  INFO(path.string());
  CHECK_THAT(audit.out + audit.err, Contains(object));
}

TEST_CASE("an audit of an untouched record finds nothing and says what it read") {
  Sandbox sandbox = recorded_sandbox();
  const auto before = Sandbox::contents(sandbox.store());
  const Ended audit = sandbox.cemli(0, "audit verify -e dev");
  CHECK_THAT(audit.out, Contains("2 runs") && Contains("3 attempts"));
  CHECK_THAT(audit.out, Contains("Everything is as it was recorded."));
  CHECK(Sandbox::contents(sandbox.store()) == before);
}

TEST_CASE("an audit names each altered object") {
  Sandbox sandbox = recorded_sandbox();
  std::vector<fs::path> all = objects(sandbox, "state", ".json");
  for (const fs::path& path : objects(sandbox, "results", "")) all.push_back(path);
  for (const fs::path& path : all) {
    const std::string bytes = read_file(path).value();
    flip_byte_of(path);
    check_found(sandbox, path);
    REQUIRE(replace_file(path, bytes, Durability::relaxed));
  }
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("an audit names each missing object") {
  Sandbox sandbox = recorded_sandbox();
  std::vector<fs::path> all = objects(sandbox, "state", ".json");
  for (const fs::path& path : objects(sandbox, "results", "")) all.push_back(path);
  for (const fs::path& path : all) {
    // A checkpoint only saves time.
    if (path.parent_path().filename() == "checkpoints") continue;
    const std::string bytes = read_file(path).value();
    fs::remove(path);
    check_found(sandbox, path);
    REQUIRE(create_file(path, bytes, Durability::relaxed));
  }
}

TEST_CASE("an audit finds evidence of a run that the log does not know") {
  Sandbox sandbox = recorded_sandbox();
  const fs::path foreign = sandbox.store() / "results/dev/runs/20200101T000000Z-00000000/plan.json";
  fs::create_directories(foreign.parent_path());
  REQUIRE(create_file(foreign, "{}", Durability::relaxed));
  CHECK_THAT(sandbox.cemli(1, "audit verify -e dev").out, Contains("20200101T000000Z-00000000"));
}

TEST_CASE("an altered checkpoint is named") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0"}});
  for (int i = 0; i < 2; ++i) {
    sandbox.desire("one: 1.0.0");
    sandbox.cemli(0, "apply -e dev --auto-approve");
  }
  const auto checkpoints = Sandbox::contents(sandbox.store() / "state/dev/checkpoints");
  if (checkpoints.empty()) FAIL("no run has written a checkpoint");
  const fs::path path = sandbox.store() / "state/dev/checkpoints" / checkpoints.begin()->first;
  flip_byte_of(path);
  check_found(sandbox, path);
}

TEST_CASE("a broken chain is refused by all that read it") {
  Sandbox sandbox = recorded_sandbox();
  fs::remove_all(sandbox.root() / "home/.cache");
  fs::remove_all(sandbox.store() / "state/dev/checkpoints");
  const auto entries = objects(sandbox, "state/dev/log", ".json");
  const std::string second = forged(read_file(entries.at(1)).value(), "tester", "taster");
  REQUIRE(replace_file(entries.at(1), second, Durability::relaxed));
  const auto before = Sandbox::contents(sandbox.store());
  for (const char* command : {"plan -e dev", "apply -e dev --auto-approve", "status -e dev"})
    CHECK_THAT(sandbox.cemli(1, command).err,
               Contains("log entry 3") && Contains("cemli audit verify -e dev"));
  CHECK(Sandbox::contents(sandbox.store()) == before);
}

}  // namespace
}  // namespace cemli::test
