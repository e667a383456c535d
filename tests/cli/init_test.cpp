#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("an environment that was just made is valid and well, and a plan says what it lacks") {
  Sandbox sandbox;
  const Ended made = sandbox.cemli(0, "init -e dev");
  CHECK_THAT(made.out, Contains("environments/dev.yaml") && Contains("cemli doctor -e dev") &&
                           Contains("git commit"));
  sandbox.cemli(0, "validate -e dev");
  sandbox.commit();
  sandbox.cemli(0, "doctor -e dev");
  CHECK_THAT(sandbox.cemli(1, "plan -e dev").err, Contains("name at least one under 'packages:'"));
}

TEST_CASE("a new environment has its stores where it is told to") {
  Sandbox sandbox;
  const std::string store = (sandbox.root() / "stores").string();
  sandbox.cemli(0, "init -e prod --store file:" + store);
  sandbox.commit();
  sandbox.cemli(0, {"package", "publish", "-e", "prod",
                    sandbox.write_package({"one", "1.0.0", "echo ran >> $E/one"}).string()});
  CHECK(fs::exists(store + "/packages/one/1.0.0.json"));
  CHECK_FALSE(fs::exists(sandbox.store()));
  sandbox.cemli(0, {"init", "-e", "far", "--store", "oci://acme/erp?region=eu-frankfurt-1"});
  CHECK(fs::exists(sandbox.repository() / "environments/far.yaml"));
}

TEST_CASE("what is there already is not overwritten") {
  Sandbox sandbox;
  sandbox.desire("one: 1.0.0");
  const auto before = Sandbox::contents(sandbox.repository());
  CHECK_THAT(sandbox.cemli(1, "init -e dev").err,
             Contains("'environments/dev.yaml' is there already"));
  CHECK_THAT(sandbox.cemli(1, "init").err, Contains("no environment is named"));
  CHECK_THAT(sandbox.cemli(1, "init -e new --store nowhere").err,
             Contains("--store: 'nowhere' is not a store's address"));
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

}  // namespace cemli::test
