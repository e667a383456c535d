#include "reconciler/govern/environment_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "reconciler/desired/environment_file.h"
#include "tests/reconciler/govern/generated_environment.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;

const std::string kFile = "environments/prod.yaml";
const std::string kHead = "format: 1\nenvironment: prod\n";

NewVersion at(std::string_view version, std::vector<std::string> instances = {}) {
  return {Version::parse(version).value(), std::move(instances)};
}

std::string promoted(const std::string& text, const NewVersions& changes) {
  const auto result = promote_in_text(text, kFile, changes);
  INFO(text);
  INFO((result ? "" : result.error().message()));
  REQUIRE(result);
  return *result;
}

Error refusal(const std::string& text, const NewVersions& changes) {
  const auto result = promote_in_text(text, kFile, changes);
  INFO((result ? *result : ""));
  REQUIRE_FALSE(result);
  return result.error();
}

/// Whether `after` is `before` with something inserted at one place.
bool is_insertion(const std::string& before, const std::string& after) {
  if (after.size() < before.size()) return false;
  const auto same = std::mismatch(before.begin(), before.end(), after.begin());
  const auto rest = static_cast<std::size_t>(before.end() - same.first);
  return after.substr(after.size() - rest) == before.substr(before.size() - rest);
}

TEST_CASE("a version is changed in the form it has, and no other byte") {
  const auto [before, after] = GENERATE(table<std::string, std::string>(
      {{"packages:\n  a: 1.0.0\n  b: 1.0.0\n", "packages:\n  a: 2.0.0\n  b: 1.0.0\n"},
       {"packages:\n  a:   '1.0.0'  # 1.0.0\n", "packages:\n  a:   '2.0.0'  # 1.0.0\n"},
       {"packages:\n  a: \"1.0.0\"\n", "packages:\n  a: \"2.0.0\"\n"},
       {"packages:\n  a: \"1.0\\x2e0\"\n", "packages:\n  a: \"2.0.0\"\n"},
       {"packages:\n  a:\n    parameters: {v: 1.0.0}\n    version: 1.0.0",
        "packages:\n  a:\n    parameters: {v: 1.0.0}\n    version: 2.0.0"},
       {"packages:\r\n  a: 1.0.0\r\n", "packages:\r\n  a: 2.0.0\r\n"},
       {"packages: {\"a\":1.0.0}", "packages: {\"a\":2.0.0}"},
       {"packages: {b: 1.0.0, a: {version: 1.0.0}}", "packages: {b: 1.0.0, a: {version: 2.0.0}}"},
       {"packages:\n  ? a\n  : 1.0.0\n", "packages:\n  ? a\n  : 2.0.0\n"},
       {"packages:\n  a:\t1.0.0\t# tab\n", "packages:\n  a:\t2.0.0\t# tab\n"},
       {"packages:\n  a: |-\n    1.0.0\n", "packages:\n  a: |-\n    2.0.0\n"},
       {"packages:\n  a: &v # why\n    1.0.0\n", "packages:\n  a: &v # why\n    2.0.0\n"},
       {"packages:\n  a: &v 1.0.0\n", "packages:\n  a: &v 2.0.0\n"},
       {"packages: # é\n  a: 1.0.0 # é\n", "packages: # é\n  a: 2.0.0 # é\n"}}));
  CHECK(promoted(kHead + before, {{"a", at("2.0.0")}}) == kHead + after);
  CHECK(promoted("\xEF\xBB\xBF" + kHead + before, {{"a", at("2.0.0")}}) ==
        "\xEF\xBB\xBF" + kHead + after);
}

TEST_CASE("a file on one line behind a byte order mark is changed where its version stands") {
  CHECK(
      promoted("\xEF\xBB\xBF{format: 1, environment: prod, description: 'ü', packages: {a: 1.0.0}}",
               {{"a", at("1.0.1-rc.1")}}) ==
      "\xEF\xBB\xBF{format: 1, environment: prod, description: 'ü', packages: {a: 1.0.1-rc.1}}");
}

TEST_CASE("an alias is replaced by the version, and what it names stays") {
  CHECK(promoted(kHead + "packages:\n  a: &v 1.0.0\n  b: *v  # as a\n", {{"b", at("2.0.0")}}) ==
        kHead + "packages:\n  a: &v 1.0.0\n  b: 2.0.0  # as a\n");
  CHECK(promoted(kHead + "packages: {a: &v 1.0.0, b: *v, c: *v}\n", {{"b", at("2.0.0")}}) ==
        kHead + "packages: {a: &v 1.0.0, b: 2.0.0, c: *v}\n");
  CHECK(promoted(kHead + "packages:\n  a: &v 1.0.0\n  b: {version: *v}\n", {{"b", at("2.0.0")}}) ==
        kHead + "packages:\n  a: &v 1.0.0\n  b: {version: 2.0.0}\n");
}

TEST_CASE("an alias stays where what it names is promoted to the same version") {
  const std::string text = kHead + "packages:\n  a: &v 1.0.0\n  b: *v\n  c: *v\n";
  CHECK(promoted(text, {{"a", at("2.0.0")}, {"b", at("2.0.0")}, {"c", at("2.0.0")}}) ==
        kHead + "packages:\n  a: &v 2.0.0\n  b: *v\n  c: *v\n");
  CHECK(promoted(text, {{"a", at("2.0.0")}, {"b", at("2.0.0")}, {"c", at("3.0.0")}}) ==
        kHead + "packages:\n  a: &v 2.0.0\n  b: *v\n  c: 3.0.0\n");
  const std::string whole = kHead + "packages:\n  a: &x {version: 1.0.0}\n  b: *x\n";
  CHECK(promoted(whole, {{"a", at("2.0.0")}, {"b", at("2.0.0")}}) ==
        kHead + "packages:\n  a: &x {version: 2.0.0}\n  b: *x\n");
}

TEST_CASE("what would drag another package along is refused with the line to mend") {
  const Error shared =
      refusal(kHead + "packages:\n  a: &v 1.0.0\n  b: *v\n  c: *v\n", {{"a", at("2.0.0")}});
  CHECK(shared.code() == ErrorCode::invalid_input);
  CHECK_THAT(shared.message(), Contains("environments/prod.yaml:5:3: 'b' is changed by hand: it "
                                        "would change along with the version that it names by an "
                                        "alias") &&
                                   Contains("prod.yaml:6:3: 'c'"));
  CHECK_THAT(shared.hint().value(), Contains("\n  b: 1.0.0"));
  const Error whole =
      refusal(kHead + "packages:\n  a: &x {version: 1.0.0}\n  b: *x\n", {{"b", at("2.0.0")}});
  CHECK_THAT(whole.message(), Contains("prod.yaml:5:3: 'b' is changed by hand: all that stands "
                                       "there is an alias"));
  CHECK_THAT(whole.hint().value(), Contains("\n  b: 2.0.0"));
}

TEST_CASE("what would change something beside versions is refused") {
  const Error error =
      refusal(kHead + "packages:\n  a: &v 1.0.0\n  b: {version: 1.0.0, parameters: {other: *v}}\n",
              {{"a", at("2.0.0")}});
  CHECK_THAT(error.message(),
             Contains("prod.yaml:4:3: 'a' is changed by hand: a change of its line "
                      "alone would change something else too"));
}

TEST_CASE("a package that is new stands at the end of the packages, in their style") {
  const auto [before, after] = GENERATE(table<std::string, std::string>(
      {{"packages:\n  a: 1.0.0\n", "packages:\n  a: 1.0.0\n  n: 2.0.0\n"},
       {"packages:\n  a: 1.0.0", "packages:\n  a: 1.0.0\n  n: 2.0.0"},
       {"packages:\r\n    a: '1.0.0'\r\ntrack: none\r\n",
        "packages:\r\n    a: '1.0.0'\r\n    n: '2.0.0'\r\ntrack: none\r\n"},
       {"packages:\n \"a\": \"1.0.0\"\n", "packages:\n \"a\": \"1.0.0\"\n \"n\": \"2.0.0\"\n"},
       {"packages:\n  a:\n    version: 1.0.0 # x\n\n# of the lease\nlease: 5m\n",
        "packages:\n  a:\n    version: 1.0.0 # x\n  n: 2.0.0\n\n# of the lease\nlease: 5m\n"},
       {"packages:\n  a: 1.0.0\n  # b: 1.0.0, later\n\nlease: 5m\n",
        "packages:\n  a: 1.0.0\n  # b: 1.0.0, later\n  n: 2.0.0\n\nlease: 5m\n"},
       {"packages:\n  a: 1.0.0\n...\n", "packages:\n  a: 1.0.0\n  n: 2.0.0\n...\n"},
       {"packages:\n  a: {\n    version: 1.0.0 }\n",
        "packages:\n  a: {\n    version: 1.0.0 }\n  n: 2.0.0\n"},
       {"packages: {}\n", "packages:\n  n: 2.0.0\n"},
       {"packages: {}", "packages:\n  n: 2.0.0"},
       {"packages: { }   # none yet\nlease: 5m\n",
        "packages:    # none yet\n  n: 2.0.0\nlease: 5m\n"}}));
  CHECK(promoted(kHead + before, {{"n", at("2.0.0")}}) == kHead + after);
}

TEST_CASE("a new package with instances is written out") {
  CHECK(promoted(kHead + "packages:\n    a: 1.0.0\n", {{"n", at("2.0.0", {"DE", "null"})}}) ==
        kHead +
            "packages:\n    a: 1.0.0\n    n:\n        version: 2.0.0\n        instances:\n"
            "            DE: {}\n            'null': {}\n");
}

TEST_CASE("packages are changed and added at once") {
  CHECK(promoted(kHead + "packages:\n  b: 1.0.0\nlease: 5m\n",
                 {{"a", at("3.0.0")}, {"b", at("2.0.0")}, {"c", at("3.0.0")}}) ==
        kHead + "packages:\n  b: 2.0.0\n  a: 3.0.0\n  c: 3.0.0\nlease: 5m\n");
}

TEST_CASE("where nothing can be added the lines to write by hand are told") {
  for (const char* packages : {"packages: {a: 1.0.0}\n", "packages: {\n  a: 1.0.0\n}\n",
                               "track: all\n", "packages:\n  ? a\n  : 1.0.0\n"}) {
    INFO(packages);
    const Error error = refusal(kHead + packages, {{"n", at("2.0.0")}});
    CHECK_THAT(error.message(), Catch::StartsWith("environments/prod.yaml:") &&
                                    Contains("so nothing can be added there"));
    CHECK_THAT(error.hint().value(), Contains("\n  n: 2.0.0"));
  }
}

TEST_CASE("a file with problems is refused as it is read") {
  CHECK_THAT(refusal(kHead + "packages:\n  a: latest\n", {{"a", at("2.0.0")}}).message(),
             Contains("'latest' is not a version"));
}

TEST_CASE("400 files of all styles are changed in their versions alone") {
  std::size_t blocks = 0;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    const test::GeneratedEnvironment generated{seed};
    const auto versions = generated.versions();
    const std::string before = generated.text(versions);
    INFO("seed " << seed << "\n" << before);
    const auto parsed = parse_environment_file(before, kFile);
    INFO((parsed ? "" : parsed.error().message()));
    REQUIRE(parsed);
    REQUIRE(parsed->packages.size() == versions.size());

    auto wanted = versions;
    NewVersions changes;
    for (auto& [name, version] : wanted) {
      if ((seed + static_cast<std::uint32_t>(name.back())) % 3 == 0) continue;
      version = (seed % 2 == 0) ? "3.0.0" : "12.34.56-beta.1+x";
      changes.emplace(name, at(version));
    }
    CHECK(promoted(before, changes) == generated.text(wanted));

    if (!generated.is_block()) continue;
    ++blocks;
    const std::string added = promoted(before, {{"new-one", at("3.0.0")}});
    CHECK(is_insertion(before, added));
    CHECK(parse_environment_file(added, kFile)->packages.size() == versions.size() + 1);
    CHECK((added.back() == '\n') == (before.back() == '\n'));
  }
  CHECK(blocks > 100);
}

TEST_CASE("a thousand packages are changed in one go") {
  std::string before = kHead + "packages:\n";
  std::string after = before;
  NewVersions changes;
  for (int i = 0; i < 1000; ++i) {
    before += fmt::format("  p{}: 1.0.0 # é\n", i);
    after += fmt::format("  p{}: 2.0.0 # é\n", i);
    changes.emplace(fmt::format("p{}", i), at("2.0.0"));
  }
  CHECK(promoted(before, changes) == after);
}

}  // namespace
}  // namespace cemli
