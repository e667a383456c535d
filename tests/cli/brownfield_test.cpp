#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

/// An ERP to which 100 packages were brought by hand, before anybody wrote down what.
void publish_estate(Sandbox& sandbox) {
  std::vector<PackageSource> packages;
  for (int i = 0; i < 100; ++i) {
    PackageSource package{fmt::format("p{:03}", i), "1.0.0", "echo $CEMLI_PACKAGE >> $E/ran"};
    if (i > 0) package.manifest["depends_on"] = {{fmt::format("p{:03}", i / 2), ">=1"}};
    packages.push_back(std::move(package));
  }
  sandbox.publish_and_desire(packages);
}

TEST_CASE("a brownfield of 100 packages is adopted, and the next plan is empty") {
  Sandbox sandbox;
  publish_estate(sandbox);
  CHECK_THAT(sandbox.cemli(0, "plan -e dev").out, Contains("100 to run"));
  sandbox.cemli(0,
                {"state", "adopt", "--all", "--why", "installed by hand until today", "-e", "dev"});
  CHECK_THAT(sandbox.cemli(0, "plan -e dev --detailed-exitcode").out,
             Contains("No changes. All 100 packages are as desired."));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK_FALSE(sandbox.has_effect("ran"));
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("after a brownfield was adopted only what changes is run") {
  Sandbox sandbox;
  publish_estate(sandbox);
  sandbox.cemli(0, {"state", "adopt", "--all", "--why", "installed by hand", "-e", "dev"});
  sandbox.publish({{"p050", "1.1.0", "echo $CEMLI_PREVIOUS_VERSION >> $E/ran"}});
  std::string packages;
  for (int i = 0; i < 100; ++i)
    packages += fmt::format("  p{:03}: {}\n", i, i == 50 ? "1.1.0" : "1.0.0");
  sandbox.desire(packages);
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("ran") == std::vector<std::string>{"1.0.0"});
}

}  // namespace
}  // namespace cemli::test
