#include <catch2/catch.hpp>

#include "tests/cli/tenancy.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("an environment lives in OCI buckets from its first run to its audit") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  sandbox.desire("one: 1.0.0\ntwo: 1.0.0", tenancy.stores());
  sandbox.cemli(
      0,
      {"package", "publish", "-e", "dev",
       sandbox.write_package({"one", "1.0.0", "echo run >> $E/one; head -c 100000 /dev/zero"})
           .string(),
       sandbox
           .write_package({"two", "1.0.0", "echo run >> $E/two", {{"depends_on", {{"one", "*"}}}}})
           .string()});
  sandbox.cemli(0, "apply -e dev --auto-approve --first-run");
  CHECK(sandbox.effect("one") == std::vector<std::string>{"run"});
  CHECK(sandbox.effect("two") == std::vector<std::string>{"run"});
  sandbox.cemli(0, "plan -e dev --detailed-exitcode");
  CHECK(sandbox.status_of("two") == "succeeded");
  sandbox.cemli(0, "audit verify -e dev");
  sandbox.cemli(0, "audit export latest -e dev -o run.tar");
  CHECK(tenancy.server.refusals().empty());
}

TEST_CASE("a bucket that is not there is an error, never an empty record") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  sandbox.desire("one: 1.0.0", tenancy.stores("elsewhere"));
  const Ended plan = sandbox.cemli(1, "status -e dev");
  CHECK_THAT(plan.err, Contains("BucketNotFound") && Contains("request id"));
}

TEST_CASE("a key that the service does not know is told, and not shown") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  sandbox.desire("one: 1.0.0", tenancy.stores());
  tenancy.server.distrust_sample_key();
  const Ended status = sandbox.cemli(1, "status -e dev");
  CHECK_THAT(status.err, Contains("NotAuthenticated") && !Contains("signature=\""));
}

TEST_CASE("a store in OCI is checked by its address") {
  Tenancy tenancy;
  const Ended check = tenancy.sandbox.cemli(0, {"store", "check", tenancy.address("anywhere")});
  CHECK_THAT(check.out, Contains("create only if absent  yes"));
}

}  // namespace
}  // namespace cemli::test
