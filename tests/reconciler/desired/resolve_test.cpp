#include "reconciler/desired/resolve.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace cemli {
namespace {

Version version(std::string_view text) {
  return Version::parse(text).value();
}

Address address(std::string_view name) {
  return Address::parse(name).value();
}

/// A published package, and its place among the others.
class Published {
 public:
  Manifest& add(const std::string& name, const std::string& number) {
    PublishedPackage package{.manifest = {.name = name, .version = version(number)},
                             .content = Digest::of(name + " content"),
                             .zip_digest = Digest::of(name + " zip"),
                             .zip_size = 100};
    const auto place = set.packages.emplace(std::pair(name, number), std::move(package)).first;
    return place->second.manifest;
  }
  void needs(const std::string& name, const std::string& number, const std::string& dependency,
             const std::string& range) {
    set.packages.at({name, number})
        .manifest.depends_on.emplace(dependency, VersionRange::parse(range).value());
  }

  PublishedPackages set;
};

EnvironmentFile file(std::string_view rest) {
  auto read = parse_environment_file(fmt::format("format: 1\nenvironment: dev\n{}", rest),
                                     "environments/dev.yaml");
  if (!read) FAIL(read.error().message());
  return *std::move(read);
}

std::string problems_of(const EnvironmentFile& environment, const Published& published) {
  const auto state = resolve(environment, published.set, std::nullopt);
  return state ? "none" : state.error().message();
}

TEST_CASE("a file and its packages become the desired state") {
  Published published;
  published.add("gl-base", "1.4.2").reversible = Reversible::yes;
  Manifest& print = published.add("ar-print", "2.0.0");
  print.locks = {"ledger"};
  print.parameters = {{"template", {ParameterType::string, "A5", ""}},
                      {"copies", {ParameterType::integer, std::int64_t{1}, ""}},
                      {"region", {ParameterType::string, std::nullopt, ""}},
                      {"title", {ParameterType::string, "Invoice", ""}}};
  published.needs("ar-print", "2.0.0", "gl-base", ">=1.2.0 <2");
  const auto state = resolve(file("parameters: {region: EMEA, template: A3}\n"
                                  "packages:\n"
                                  "  gl-base: 1.4.2\n"
                                  "  ar-print:\n"
                                  "    version: 2.0.0\n"
                                  "    parameters: {copies: 0x10, template: 007}\n"
                                  "    assume_idempotent: true\n"),
                             published.set, "0123");
  REQUIRE(state);
  CHECK(state->environment == "dev");
  CHECK(state->commit == "0123");
  CHECK(state->policy == empty_policy_digest());
  REQUIRE(state->packages.size() == 2);

  const DesiredPackage& base = state->packages.at(address("gl-base"));
  CHECK(base.identity ==
        Identity{address("gl-base"), "1.4.2", Digest::of("gl-base content"), {}, {}});
  CHECK(base.reversible == Reversible::yes);
  CHECK_FALSE(base.idempotent);
  CHECK(base.zip_digest == Digest::of("gl-base zip"));
  CHECK(base.zip_size == 100);

  const DesiredPackage& invoice = state->packages.at(address("ar-print"));
  CHECK(invoice.identity.parameters == Parameters{{"copies", std::int64_t{16}},
                                                  {"region", "EMEA"},
                                                  {"template", "007"},
                                                  {"title", "Invoice"}});
  CHECK(invoice.depends_on == std::vector<Address>{address("gl-base")});
  CHECK(invoice.locks == std::vector<std::string>{"ledger"});
  CHECK(invoice.idempotent);
}

TEST_CASE("a package counts as idempotent by its manifest, its entry or the file") {
  Published published;
  published.add("a", "1.0.0");
  published.add("b", "1.0.0").idempotent = true;
  const auto state = resolve(file("assume_idempotent: true\n"
                                  "packages:\n"
                                  "  a: {version: 1.0.0, assume_idempotent: false}\n"
                                  "  b: {version: 1.0.0, assume_idempotent: false}\n"),
                             published.set, std::nullopt);
  REQUIRE(state);
  CHECK_FALSE(state->packages.at(address("a")).idempotent);
  CHECK(state->packages.at(address("b")).idempotent);
}

TEST_CASE("versions that are not published are listed with those that are") {
  Published published;
  for (const char* number : {"1.3.0", "1.10.0", "1.4.2", "1.0.0", "2.0.0-rc.1"}) {
    published.set.other_versions["gl-base"].push_back(version(number));
  }
  published.set.other_versions["ar-print"] = {version("2.0.0")};
  const auto state =
      resolve(file("packages:\n  gl-base: 1.4.3\n  ar-print: 2.0.1\n  hr-base: 1.0.0\n"),
              published.set, std::nullopt);
  REQUIRE_FALSE(state);
  CHECK(state.error().code() == ErrorCode::invalid_input);
  CHECK(state.error().message() ==
        "environments/dev.yaml:4:12: 'gl-base' 1.4.3 is not published; published are 2.0.0-rc.1, "
        "1.10.0, 1.4.2 and 2 older\n"
        "environments/dev.yaml:5:13: 'ar-print' 2.0.1 is not published; published is 2.0.0\n"
        "environments/dev.yaml:6:3: no version of 'hr-base' is published");
  CHECK(state.error().hint() == "cemli package publish PATH -e dev");
}

TEST_CASE("parameters that do not fit their declaration are listed") {
  Published published;
  published.add("ar-print", "2.1.0").parameters = {
      {"template", {ParameterType::string, std::nullopt, ""}},
      {"copies", {ParameterType::integer, std::nullopt, ""}},
      {"limit", {ParameterType::integer, std::nullopt, ""}},
      {"pages", {ParameterType::integer, std::nullopt, ""}}};
  CHECK(problems_of(file("parameters: {limit: 99999999999999999999}\n"
                         "packages:\n"
                         "  ar-print:\n"
                         "    version: 2.1.0\n"
                         "    parameters:\n"
                         "      templte: A4\n"
                         "      copies: two\n"
                         "      pages: '3'\n"),
                    published) ==
        "environments/dev.yaml:3:21: the parameter 'limit' of 'ar-print' 2.1.0 is an integer; "
        "'99999999999999999999' does not fit 64 bits\n"
        "environments/dev.yaml:5:3: 'ar-print' 2.1.0 needs the parameter 'template', which has no "
        "default\n"
        "environments/dev.yaml:8:16: 'ar-print' 2.1.0 has no parameter 'templte'; did you mean "
        "'template'?\n"
        "environments/dev.yaml:9:15: the parameter 'copies' of 'ar-print' 2.1.0 is an integer; "
        "'two' is not an integer\n"
        "environments/dev.yaml:10:14: the parameter 'pages' of 'ar-print' 2.1.0 is an integer; "
        "remove the quotes around '3'");
}

TEST_CASE("a default that no package declares is an error") {
  Published published;
  published.add("a", "1.0.0").parameters = {{"region", {ParameterType::string, "x", ""}}};
  CHECK(problems_of(file("parameters: {regoin: EMEA}\npackages: {a: 1.0.0}\n"), published) ==
        "environments/dev.yaml:3:22: no package of this environment has a parameter 'regoin'; did "
        "you mean 'region'?");
}

TEST_CASE("dependencies that are missing or out of range are listed") {
  Published published;
  published.add("gl-base", "1.1.0");
  published.add("ar-print", "2.1.0");
  published.needs("ar-print", "2.1.0", "gl-base", ">=1.2.0");
  published.needs("ar-print", "2.1.0", "hr-base", "*");
  CHECK(problems_of(file("packages:\n  gl-base: 1.1.0\n  ar-print: 2.1.0\n"), published) ==
        "environments/dev.yaml:5:13: 'ar-print' 2.1.0 needs 'gl-base' >=1.2.0, which is 1.1.0 "
        "here\n"
        "environments/dev.yaml:5:13: 'ar-print' 2.1.0 needs 'hr-base' *, which this environment "
        "does not have");
}

TEST_CASE("cycles are shown as cycles, all of them") {
  Published published;
  for (const char* name : {"a", "b", "c", "x", "y"}) published.add(name, "1.0.0");
  published.needs("a", "1.0.0", "b", "*");
  published.needs("b", "1.0.0", "c", "*");
  published.needs("c", "1.0.0", "a", "*");
  published.needs("x", "1.0.0", "a", "*");
  published.needs("y", "1.0.0", "y", "*");
  CHECK(problems_of(file("packages: {a: 1.0.0, b: 1.0.0, c: 1.0.0, x: 1.0.0, y: 1.0.0}\n"),
                    published) ==
        "environments/dev.yaml:3:15: packages depend on each other: a -> b -> c -> a\n"
        "environments/dev.yaml:3:55: packages depend on each other: y -> y");
}

}  // namespace
}  // namespace cemli
