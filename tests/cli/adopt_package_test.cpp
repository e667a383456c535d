#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// Puts a package's zip into the packages store as `oci os object put` would.
void put_by_hand(Sandbox& sandbox, const PackageSource& source, const std::string& key) {
  const fs::path zip = sandbox.store() / "packages" / key;
  fs::create_directories(zip.parent_path());
  sandbox.cemli(0,
                {"package", "build", sandbox.write_package(source).string(), "-o", zip.string()});
}

TEST_CASE(
    "a zip put into the store by hand is taken in, and then runs where everything is tracked") {
  Sandbox sandbox;
  sandbox.write("environments/dev.yaml", "format: 1\nenvironment: dev\ntrack: all\n");
  sandbox.commit();
  put_by_hand(sandbox, {"one", "1.0.0", "echo ran >> $E/one"}, "one/1.0.0.zip");
  put_by_hand(sandbox, {"two", "1.0.0+b.1", "echo ran >> $E/two"}, "two/1.0.0%2Bb.1.zip");
  sandbox.cemli(1, "plan -e dev");
  CHECK_THAT(sandbox.cemli(0, "package adopt one 1.0.0 -e dev").out,
             Contains("one 1.0.0: adopted"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("one").size() == 1);
  CHECK_FALSE(sandbox.has_effect("two"));

  const Ended all = sandbox.cemli(0, "package adopt --all -e dev");
  CHECK_THAT(all.out, Contains("two 1.0.0+b.1: adopted") && !Contains("one 1.0.0"));
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("one").size() == 1);
  CHECK(sandbox.effect("two").size() == 1);
  CHECK_THAT(sandbox.cemli(0, "package adopt --all -e dev").err, Contains("every zip"));
  sandbox.cemli(0, "package verify -e dev");
}

TEST_CASE("adopting what is published already is a success, unless its content differs") {
  Sandbox sandbox;
  sandbox.desire("one: 1.0.0");
  sandbox.publish({{"one", "1.0.0"}});
  const std::string index = sandbox.contents(sandbox.store() / "packages").at("one/1.0.0.json");
  CHECK_THAT(sandbox.cemli(0, "package adopt one 1.0.0 -e dev").out, Contains("already published"));
  put_by_hand(sandbox, {"one", "1.0.0", "echo other"}, "one/1.0.0.zip");
  CHECK_THAT(sandbox.cemli(1, "package adopt one 1.0.0 -e dev").err,
             Contains("is there already with other content"));
  CHECK(sandbox.contents(sandbox.store() / "packages").at("one/1.0.0.json") == index);
}

TEST_CASE("what a key says and what its zip holds must be the same") {
  Sandbox sandbox;
  sandbox.desire("one: 1.0.0");
  put_by_hand(sandbox, {"one", "1.0.0"}, "one/1.0.1.zip");
  put_by_hand(sandbox, {"one", "1.0.0"}, "two/1.0.0.zip");
  put_by_hand(sandbox, {"good", "1.0.0"}, "good/1.0.0.zip");
  put_by_hand(sandbox, {"one", "1.0.0"}, "one-1.0.0.zip");
  CHECK_THAT(sandbox.cemli(1, "package adopt one 1.0.1 -e dev").err,
             Contains("'one/1.0.1.zip' holds package 'one' 1.0.0: its key must be "
                      "'one/1.0.0.zip'"));
  const Ended all = sandbox.cemli(1, "package adopt --all -e dev");
  CHECK_THAT(all.out, Contains("good 1.0.0: adopted"));
  CHECK_THAT(all.err, Contains("'one/1.0.1.zip'") && Contains("'two/1.0.0.zip'"));
  CHECK_THAT(all.err, Contains("'one-1.0.0.zip' is not at NAME/VERSION.zip"));
  CHECK(sandbox.cemli(0, "package list -e dev").out == "good 1.0.0\n");
}

TEST_CASE("what is no package is not adopted") {
  Sandbox sandbox;
  sandbox.desire("one: 1.0.0");
  fs::create_directories(sandbox.store() / "packages/one");
  REQUIRE(replace_file(sandbox.store() / "packages/one/1.0.0.zip", "no zip", Durability::relaxed));
  CHECK_THAT(sandbox.cemli(1, "package adopt one 1.0.0 -e dev").err, Contains("'one/1.0.0.zip'"));
  CHECK_THAT(sandbox.cemli(1, "package adopt one 2.0.0 -e dev").err,
             Contains("there is no 'one/2.0.0.zip'"));
  CHECK_FALSE(fs::exists(sandbox.store() / "packages/one/1.0.0.json"));
  for (const char* words : {"package adopt one -e dev", "package adopt -e dev",
                            "package adopt one 1.0.0 --all -e dev", "package adopt one x -e dev"})
    sandbox.cemli(1, words);
}

}  // namespace
}  // namespace cemli::test
