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
    const auto place = set.packages.emplace(name, std::move(package)).first;
    return place->second.manifest;
  }
  void needs(const std::string& name, const std::string& dependency, const std::string& range) {
    set.packages.at(name).manifest.depends_on.emplace(dependency,
                                                      VersionRange::parse(range).value());
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
  published.needs("ar-print", "gl-base", ">=1.2.0 <2");
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
  CHECK(state->policy == policy_digest({}));
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
  published.needs("ar-print", "gl-base", ">=1.2.0");
  published.needs("ar-print", "hr-base", "*");
  CHECK(problems_of(file("packages:\n  gl-base: 1.1.0\n  ar-print: 2.1.0\n"), published) ==
        "environments/dev.yaml:5:13: 'ar-print' 2.1.0 needs 'gl-base' >=1.2.0, which is 1.1.0 "
        "here\n"
        "environments/dev.yaml:5:13: 'ar-print' 2.1.0 needs 'hr-base' *, which this environment "
        "does not have");
}

TEST_CASE("cycles are shown as cycles, all of them") {
  Published published;
  for (const char* name : {"a", "b", "c", "x", "y"}) published.add(name, "1.0.0");
  published.needs("a", "b", "*");
  published.needs("b", "c", "*");
  published.needs("c", "a", "*");
  published.needs("x", "a", "*");
  published.needs("y", "y", "*");
  CHECK(problems_of(file("packages: {a: 1.0.0, b: 1.0.0, c: 1.0.0, x: 1.0.0, y: 1.0.0}\n"),
                    published) ==
        "environments/dev.yaml:3:15: packages depend on each other: a -> b -> c -> a\n"
        "environments/dev.yaml:3:55: packages depend on each other: y -> y");
}

ParameterSpec spec(ParameterType type) {
  return {type, std::nullopt, ""};
}

TEST_CASE("a declared type decides what a plain value is") {
  Published published;
  published.add("a", "1.0.0").parameters = {
      {"text", spec(ParameterType::string)}, {"flag", spec(ParameterType::boolean)},
      {"rate", spec(ParameterType::number)}, {"whole", spec(ParameterType::number)},
      {"items", spec(ParameterType::list)},  {"none", spec(ParameterType::list)}};
  const auto state =
      resolve(file("packages:\n  a: {version: 1.0.0, parameters: {text: no, flag: True, rate: 0.5, "
                   "whole: 2.0, items: [1, '1', 2.5, true, no, 1e1], none: []}}\n"),
              published.set, std::nullopt);
  REQUIRE(state);
  using List = std::vector<ScalarValue>;
  CHECK(state->packages.at(address("a")).identity.parameters ==
        Parameters{{"text", "no"},
                   {"flag", true},
                   {"rate", 0.5},
                   {"whole", std::int64_t{2}},
                   {"items", List{std::int64_t{1}, "1", 2.5, true, "no", std::int64_t{10}}},
                   {"none", List{}}});
}

TEST_CASE("values that a declaration does not allow are listed with their places") {
  Published published;
  auto& parameters = published.add("a", "1.0.0").parameters;
  parameters = {{"flag", spec(ParameterType::boolean)},
                {"rate", spec(ParameterType::number)},
                {"items", spec(ParameterType::list)},
                {"text", spec(ParameterType::string)},
                {"size", spec(ParameterType::integer)}};
  parameters.at("size").max = std::int64_t{9};
  CHECK(problems_of(file("packages:\n  a:\n    version: 1.0.0\n    parameters:\n"
                         "      flag: yes\n      rate: '0.5'\n      items: 1\n"
                         "      text: [x]\n      size: 10\n"),
                    published) ==
        "environments/dev.yaml:7:13: the parameter 'flag' of 'a' 1.0.0 is a boolean; 'yes' is "
        "neither true nor false\n"
        "environments/dev.yaml:8:13: the parameter 'rate' of 'a' 1.0.0 is a number; remove the "
        "quotes around '0.5'\n"
        "environments/dev.yaml:9:14: the parameter 'items' of 'a' 1.0.0 is a list; '1' is not a "
        "list\n"
        "environments/dev.yaml:10:13: the parameter 'text' of 'a' 1.0.0 is a string; this is a "
        "list\n"
        "environments/dev.yaml:11:13: the parameter 'size' of 'a' 1.0.0: 10 is more than 9");
}

TEST_CASE("each instance has its own parameters, and a dependency means all of them") {
  Published published;
  published.add("l10n", "2.0.1").parameters = {{"country", spec(ParameterType::string)},
                                               {"rate", spec(ParameterType::integer)},
                                               {"region", {ParameterType::string, "none", ""}}};
  published.add("report", "1.0.0");
  published.needs("report", "l10n", "2.x");
  const auto state =
      resolve(file("parameters: {region: EMEA, rate: 1}\npackages:\n  report: 1.0.0\n  l10n:\n"
                   "    version: 2.0.1\n    parameters: {rate: 20}\n"
                   "    instances: {FR: {country: FR}, DE: {country: DE, rate: 19}}\n"),
              published.set, std::nullopt);
  REQUIRE(state);
  CHECK(state->packages.size() == 3);
  CHECK(state->packages.at(address("l10n[FR]")).identity.parameters ==
        Parameters{{"country", "FR"}, {"rate", std::int64_t{20}}, {"region", "EMEA"}});
  CHECK(state->packages.at(address("l10n[DE]")).identity.parameters.at("rate") ==
        ParameterValue(std::int64_t{19}));
  CHECK(state->packages.at(address("report")).depends_on ==
        std::vector<Address>{address("l10n[DE]"), address("l10n[FR]")});
}

TEST_CASE("what an instance lacks or does not know is told at the instance") {
  Published published;
  published.add("l10n", "2.0.1").parameters = {{"country", spec(ParameterType::string)}};
  CHECK(problems_of(file("packages:\n  l10n:\n    version: 2.0.1\n    instances:\n"
                         "      FR: {country: FR, rate: 1}\n      DE: {}\n"),
                    published) ==
        "environments/dev.yaml:7:31: 'l10n' 2.0.1 has no parameter 'rate'\n"
        "environments/dev.yaml:8:7: 'l10n' 2.0.1 needs the parameter 'country', which has no "
        "default");
}

TEST_CASE("a package is desired only where its manifest lets it be") {
  Published published;
  published.add("a", "1.0.0").environments = {"prod", "test"};
  published.add("b", "1.0.0").environments = {"dev", "test"};
  CHECK(problems_of(file("packages: {a: 1.0.0, b: 1.0.0}\n"), published) ==
        "environments/dev.yaml:3:15: 'a' 1.0.0 is for prod, test alone, not for 'dev'");
}

TEST_CASE("secrets come from the environment file") {
  Published published;
  published.add("a", "1.0.0").secrets = {"ERP", "KEY"};
  Manifest& b = published.add("b", "1.0.0");
  b.secrets = {"ERP"};
  b.rerun_on = {"secrets"};
  CHECK(problems_of(file("secrets: {ERP: 'env:P'}\npackages: {a: 1.0.0, b: 1.0.0}\n"), published) ==
        "environments/dev.yaml:4:12: 'a' 1.0.0 needs the secret 'KEY', which this file does not "
        "have under 'secrets'\n"
        "environments/dev.yaml:4:22: 'b' 1.0.0 is to run again when 'ERP' changes ('rerun_on'), "
        "and a secret at env: has no versions; one at oci-vault: has");
  const auto watched = resolve(file("secrets: {ERP: 'oci-vault:ocid1.vaultsecret.oc1.phx.a', KEY: "
                                    "'file:/k'}\npackages: {a: 1.0.0, b: 1.0.0}\n"),
                               published.set, std::nullopt);
  REQUIRE(watched);
  CHECK_FALSE(watched->packages.at(address("a")).reruns_on_new_secrets);
  CHECK(watched->packages.at(address("b")).reruns_on_new_secrets);
  b.rerun_on = {};
  const auto state =
      resolve(file("secrets: {ERP: 'env:P', KEY: 'file:/k'}\npackages: {a: 1.0.0, b: 1.0.0}\n"),
              published.set, std::nullopt);
  REQUIRE(state);
  CHECK(state->packages.at(address("a")).secrets == std::vector<std::string>{"ERP", "KEY"});
  CHECK(state->secrets.at("KEY") == SecretSource{SecretSource::Kind::file, "/k"});
}

TEST_CASE("what the file does not name is desired where it tracks everything") {
  Published published;
  published.add("a", "1.0.0");
  published.add("b", "2.0.0");
  published.needs("b", "a", "^1");
  published.set.floating = {{"b", "2.0.0", std::nullopt}};
  const auto state = resolve(file("track: all\nassume_idempotent: true\npackages: {a: 1.0.0}\n"),
                             published.set, std::nullopt);
  REQUIRE(state);
  CHECK(state->packages.at(address("b")).depends_on == std::vector<Address>{address("a")});
  CHECK(state->packages.at(address("b")).idempotent);
  CHECK(state->floating == published.set.floating);
}

TEST_CASE("tracking everything and finding nothing is an error") {
  CHECK(problems_of(file("track: all\npackages: {}\n"), Published()) ==
        "environments/dev.yaml:3:8: 'track: all' finds no package for this environment in the "
        "packages store, so that nothing is desired");
}

TEST_CASE("a range that no published version fits is told with those there are") {
  Published published;
  published.set.other_versions["a"] = {version("1.0.0"), version("3.0.0")};
  CHECK(problems_of(file("packages: {a: ^2}\n"), published) ==
        "environments/dev.yaml:3:15: no published version of 'a' fits '^2'; published are 3.0.0, "
        "1.0.0");
}

}  // namespace
}  // namespace cemli
