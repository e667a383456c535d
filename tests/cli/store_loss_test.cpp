#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// Puts a file where a folder should be: nothing can be written there, not even by root.
class Blocked {
 public:
  explicit Blocked(fs::path folder) : folder_(std::move(folder)) {
    if (fs::exists(folder_)) fs::rename(folder_, aside());
    REQUIRE(create_file(folder_, "", Durability::relaxed));
  }
  void lift() const {
    fs::remove(folder_);
    if (fs::exists(aside())) fs::rename(aside(), folder_);
  }

 private:
  [[nodiscard]] fs::path aside() const { return folder_.string() + "-aside"; }
  fs::path folder_;
};

TEST_CASE("where evidence cannot be written nothing is run, and no run is left active") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo > $E/one"}});
  const Blocked results(sandbox.store() / "results");
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --auto-approve").err, Contains("results"));
  CHECK_FALSE(sandbox.has_effect("one"));
  results.lift();
  CHECK(sandbox.json_of("status -e dev --json").at("active_run").is_null());
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.has_effect("one"));
}

TEST_CASE("where the log cannot be written nothing is run") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo > $E/one"}});
  const Blocked state(sandbox.store() / "state");
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --auto-approve").err, Contains("state"));
  CHECK_FALSE(sandbox.has_effect("one"));
}

TEST_CASE("where steps cannot have a folder nothing is run, and no run is left active") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo > $E/one"}});
  sandbox.environment()["TMPDIR"] = (sandbox.root() / "nowhere").string();
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --auto-approve").err, Contains("nowhere"));
  CHECK_FALSE(sandbox.has_effect("one"));
  CHECK(sandbox.json_of("status -e dev --json").at("active_run").is_null());
  sandbox.environment()["TMPDIR"] = (sandbox.root() / "tmp").string();
  sandbox.cemli(0, "apply -e dev --auto-approve");
}

}  // namespace
}  // namespace cemli::test
