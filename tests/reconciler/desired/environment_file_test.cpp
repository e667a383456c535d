#include "reconciler/desired/environment_file.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/memory_tree.h"

namespace cemli {
namespace {

using test::MemoryTree;

std::string problems_of(std::string_view text, std::string_view file = "environments/dev.yaml") {
  const auto read = parse_environment_file(text, file);
  return read ? "none" : read.error().message();
}

/// The file with `lines` added to what each needs.
std::string with(std::string_view lines) {
  return fmt::format("format: 1\nenvironment: dev\npackages: {{}}\n{}\n", lines);
}

std::string package(std::string_view lines) {
  return fmt::format("format: 1\nenvironment: dev\npackages:\n  gl-base: {}\n", lines);
}

TEST_CASE("a file is read with everything in it") {
  const auto read = parse_environment_file(
      "# The development environment.\n"
      "format: 1\n"
      "environment: dev\n"
      "description: Development ERP, EMEA\n"
      "stores:\n"
      "  packages: file:/srv/packages\n"
      "  results: file:var/results\n"
      "  state: \"file:../state\"\n"
      "lease: 90s\n"
      "track: none\n"
      "assume_idempotent: true\n"
      "parameters: {region: EMEA}\n"
      "packages:\n"
      "  gl-base: 1.4.2\n"
      "  ar-print:\n"
      "    version: 2.0.0-rc.1\n"
      "    parameters:\n"
      "      copies: 2\n"
      "      answer: no\n"
      "      code: \"007\"\n"
      "    assume_idempotent: false\n",
      "environments/dev.yaml");
  REQUIRE(read);
  CHECK(read->file == "environments/dev.yaml");
  CHECK(read->environment == "dev");
  CHECK(read->description == "Development ERP, EMEA");
  CHECK(read->stores == StoreAddresses{FolderAddress{"/srv/packages"}, FolderAddress{"var/results"},
                                       FolderAddress{"../state"}});
  CHECK(read->lease == std::chrono::seconds(90));
  CHECK(read->assume_idempotent);
  CHECK(read->parameters == std::map<std::string, WrittenValue>{
                                {"region", {"EMEA", WrittenValue::Style::plain, {12, 22}}}});
  CHECK(read->packages == std::map<std::string, PackageEntry>{
                              {"gl-base", {Version::parse("1.4.2").value(), {14, 3}, {14, 12}}},
                              {"ar-print",
                               {Version::parse("2.0.0-rc.1").value(),
                                {15, 3},
                                {16, 14},
                                {{"copies", {"2", WrittenValue::Style::plain, {18, 15}}},
                                 {"answer", {"no", WrittenValue::Style::plain, {19, 15}}},
                                 {"code", {"007", WrittenValue::Style::quoted, {20, 13}}}},
                                false}}});
}

TEST_CASE("instances have parameters over those of their package") {
  const auto read = parse_environment_file(
      package(
          "{version: '>=2.1 <3', parameters: {a: 1}, instances: {FR: {codes: [1, 'x']}, DE: {}}}"),
      "environments/dev.yaml");
  REQUIRE(read);
  const PackageEntry& entry = read->packages.at("gl-base");
  CHECK(wanted_text(entry.version) == ">=2.1 <3");
  CHECK(fits(entry.version, Version::parse("2.9.0").value()));
  CHECK_FALSE(fits(entry.version, Version::parse("3.0.0").value()));
  CHECK(entry.parameters.at("a").text == "1");
  REQUIRE(entry.instances.size() == 2);
  CHECK(entry.instances.at("DE").parameters.empty());
  const WrittenValue& codes = entry.instances.at("FR").parameters.at("codes");
  CHECK(codes.style == WrittenValue::Style::list);
  CHECK(codes.items == std::vector<WrittenValue>{{"1", WrittenValue::Style::plain, {4, 79}},
                                                 {"x", WrittenValue::Style::quoted, {4, 82}}});
}

TEST_CASE("versions and ranges are told apart") {
  for (const char* range : {"'>=2.1 <3'", "^1.2", "1.x", "{version: '*'}"}) {
    const auto read = parse_environment_file(package(range), "environments/dev.yaml");
    REQUIRE(read);
    CHECK(std::holds_alternative<VersionRange>(read->packages.at("gl-base").version));
  }
}

TEST_CASE("runner, secrets, policy and track are carried as they are written") {
  const auto read = parse_environment_file(
      with("runner: {pass: [TNS_ADMIN, ORACLE_HOME], set: {NLS_LANG: A.B, N: 07}, home: inherit}\n"
           "secrets: {ERP: 'env:ERP_PASSWORD', KEY: 'file:/run/key', "
           "API: 'oci-vault:ocid1.vaultsecret.oc1.phx.a'}\n"
           "policy: {allow_removal: true, promoted: true, types: [extension]}\n"
           "promote_from: test\n"
           "track: all"),
      "environments/dev.yaml");
  REQUIRE(read);
  CHECK(read->runner == RunnerSettings{{"ORACLE_HOME", "TNS_ADMIN"},
                                       {{"N", "07"}, {"NLS_LANG", "A.B"}},
                                       RunnerSettings::Home::inherit});
  CHECK(read->secrets ==
        std::map<std::string, SecretSource>{
            {"ERP", {SecretSource::Kind::variable, "ERP_PASSWORD"}},
            {"KEY", {SecretSource::Kind::file, "/run/key"}},
            {"API", {SecretSource::Kind::oci_vault, "ocid1.vaultsecret.oc1.phx.a"}}});
  Policy policy{.allow_removal = true, .promoted = "test"};
  policy.types = {PackageType::extension};
  CHECK(read->policy == policy);
  CHECK(read->promote_from == "test");
  CHECK(read->track == EnvironmentFile::Track::all);
}

TEST_CASE("a file that tracks everything need not name a package") {
  CHECK(problems_of("format: 1\nenvironment: dev\ntrack: all\n") == "none");
}

TEST_CASE("what is left out has its default") {
  const auto read = parse_environment_file(with(""), "dev.yaml");
  REQUIRE(read);
  CHECK_FALSE(read->stores);
  CHECK(read->lease == std::chrono::minutes(5));
  CHECK_FALSE(read->assume_idempotent);
  CHECK(read->packages.empty());
  CHECK(read->track == EnvironmentFile::Track::none);
  CHECK(read->runner == RunnerSettings{});
  CHECK(read->policy == Policy{});
}

TEST_CASE("a file in which nothing is found is wrong") {
  const std::string empty = ":1:1: the file is empty: it desires nothing, and does not say so";
  CHECK(problems_of("") == "environments/dev.yaml" + empty);
  CHECK(problems_of("---\n").ends_with("it desires nothing, and does not say so"));
  CHECK(problems_of("format: 1\nenvironment: dev\n") ==
        "environments/dev.yaml:1:1: 'packages' is missing");
  CHECK(problems_of("format: 1\nenvironment: dev\npackages:\n") ==
        "environments/dev.yaml:3:1: 'packages' has no value");
  CHECK(problems_of("- dev\n") ==
        "environments/dev.yaml:1:1: an environment file is a mapping, not a list");
  CHECK(problems_of("dev\n") ==
        "environments/dev.yaml:1:1: an environment file is a mapping, not a text");
}

TEST_CASE("all problems are listed at once, in the order of the file") {
  CHECK(problems_of("environment: test\n"
                    "lease: 1d\n"
                    "descripton: x\n"
                    "packages:\n"
                    "  gl-base: latest\n"
                    "  Big: 1.0.0\n"
                    "  gl-base: 1.0.0\n") ==
        "environments/dev.yaml:1:1: 'format' is missing\n"
        "environments/dev.yaml:1:14: the environment 'test' must be in a file 'test.yaml', not "
        "'dev.yaml'\n"
        "environments/dev.yaml:2:8: 'lease' must be from 2s to 1h, not '1d'\n"
        "environments/dev.yaml:3:1: unknown key 'descripton'; did you mean 'description'?\n"
        "environments/dev.yaml:5:12: 'latest' is not a version of 'gl-base': expected "
        "MAJOR.MINOR.PATCH such as 1.4.2, or a range such as '>=1.4 <2'\n"
        "environments/dev.yaml:6:3: 'Big' is not a package name: lower-case letters, digits and "
        "'-', at most 63, not '-' first\n"
        "environments/dev.yaml:7:3: duplicate key 'gl-base'; it stands in line 5 already");
}

TEST_CASE("problems before a syntax error are listed with it") {
  CHECK(problems_of("format: 1\nlease: soon\npackages: }\n") ==
        "environments/dev.yaml:2:8: 'soon' is not a duration: expected a whole number and ms, s, "
        "m, h or d\n"
        "environments/dev.yaml:3:11: not YAML: illegal flow end");
}

TEST_CASE("problems of a policy that a syntax error cuts off are listed with it") {
  CHECK(problems_of("format: 1\npolicy: {locked: maybe,\n  types: ]\n") ==
        "environments/dev.yaml:2:18: 'locked' must be true or false, not 'maybe'\n"
        "environments/dev.yaml:3:10: not YAML: illegal flow end");
}

TEST_CASE("a newer format is the only problem of a file") {
  CHECK(problems_of("format: 2\nnovelty: {x: 1}\n") ==
        "environments/dev.yaml:1:9: format 2 is newer than this version of cemli, which reads "
        "format 1; install a newer one");
}

TEST_CASE("each wrong value says what is expected") {
  const std::map<std::string, std::string> cases{
      {"format: 0\nenvironment: dev\npackages: {}", "1:9: 'format' must be 1, not '0'"},
      {"format: '1'\nenvironment: dev\npackages: {}", "1:9: 'format' must be 1, not '1'"},
      {"format: 1\nenvironment: Dev\npackages: {}",
       "2:14: 'Dev' is not an environment name: lower-case letters, digits and '-', at most 63, "
       "not '-' first"},
      {"format: 1\nenvironment: dev\npackages: none",
       "3:11: 'packages' must be a mapping, not 'none'"},
      {"format: 1\nenvironment: dev\npackages: [gl-base]", "3:11: 'packages' must not be a list"},
      {with("lease: 1s"), "4:8: 'lease' must be from 2s to 1h, not '1s'"},
      {with("lease: {a: 1}"), "4:8: 'lease' must not be a mapping"},
      {with("lease:"), "4:1: 'lease' has no value"},
      {with("track: some"), "4:8: 'track' must be none or all, not 'some'"},
      {with("assume_idempotent: yes"),
       "4:20: 'assume_idempotent' must be true or false, not 'yes'"},
      {with("assume_idempotent: 'true'"),
       "4:20: 'assume_idempotent' must be true or false without quotes"},
      {with("stores: here"), "4:9: 'stores' must be a mapping, not 'here'"},
      {with("stores: {packages: file:a, results: file:b, state: c}"),
       "4:52: 'c' is not a store's address; expected file:DIR, s3://BUCKET[/PREFIX] or "
       "oci://NAMESPACE/BUCKET[/PREFIX]"},
      {with("stores: {packages: file:a, results: file:b, state: 'file:'}"),
       "4:52: 'file:' is not a store's address; expected file:DIR, s3://BUCKET[/PREFIX] or "
       "oci://NAMESPACE/BUCKET[/PREFIX]"},
      {with("stores: {packages: file:a, results: file:b, state: 's3://b?regoin=a'}"),
       "4:52: 's3://b?…' has an option that such an address does not have; did you mean 'region'?"},
      {with("stores: {packages: file:a, results: file:b}"),
       "4:1: 'state' is missing from 'stores': name all three stores, or leave 'stores' out"},
      {with("stores: {packages: file:a, results: file:b, state: file:c, sate: d}"),
       "4:60: unknown key 'sate'; did you mean 'state'?"},
      {with("parameters: {Region: x}"),
       "4:14: 'Region' is not a parameter name: lower-case letters, digits and '_', at most 63, a "
       "letter first"},
      {with("parameters: {region: }"), "4:14: 'region' has no value"},
      {with("parameters: {regions: [a, [b]]}"), "4:27: a list must not hold a list"},
      {with("parameters: {regions: [a, ]}\npolicy: 1"), "5:9: 'policy' must be a mapping, not '1'"},
      {with("parameters: {regions: [~]}"), "4:24: this item of the list has no value"},
      {with("runner: {pass: ORACLE_HOME}"), "4:16: 'pass' must be a list, not 'ORACLE_HOME'"},
      {with("runner: {pass: [A, A]}"), "4:20: 'A' stands there twice"},
      {with("runner: {pass: [A], set: {A: b}}"), "4:1: 'A' is both passed on and set"},
      {with("runner: {pass: [A-B]}"), "4:17: 'A-B' is not the name of an environment variable"},
      {with("runner: {set: {CEMLI_FENCE: 1}}"),
       "4:16: 'CEMLI_FENCE': cemli alone says what a variable of this name is"},
      {with("runner: {set: {HOME: /root}}"),
       "4:16: 'HOME' is what 'home' says: private or inherit"},
      {with("runner: {home: public}"), "4:16: 'home' must be private or inherit, not 'public'"},
      {with("runner: {hom: private}"), "4:10: unknown key 'hom'; did you mean 'home'?"},
      {with("secrets: {A: hunter2}"),
       "4:14: the secret 'A' must be env:NAME, file:PATH or oci-vault:OCID"},
      {with("secrets: {A: 'env:'}"),
       "4:14: the secret 'A' must be env:NAME, file:PATH or oci-vault:OCID"},
      {with("secrets: {A: 'oci-vault:hunter2'}"),
       "4:14: the secret 'A' at oci-vault: must be the OCID of a secret, such as "
       "oci-vault:ocid1.vaultsecret.oc1.REGION.UNIQUE"},
      {with("secrets: {../A: 'env:A'}"),
       "4:11: '../A' is not a secret's name: letters, digits and '_', at most 63, a letter first"},
      {with("policy: {allow_removal: maybe}"),
       "4:25: 'allow_removal' must be true or false, not 'maybe'"},
      {with("policy: {alow_removal: true}"),
       "4:10: unknown key 'alow_removal'; did you mean 'allow_removal'?"},
      {with("policy: [locked]"), "4:9: 'policy' must not be a list"},
      {with("policy: {promoted: true}"),
       "4:10: 'promoted' needs to know from where: name an environment under 'promote_from'"},
      {with("policy: {promoted: true}\npromote_from: dev"),
       "5:15: 'promote_from' must name another environment than this one"},
      {with("promote_from: [test]"), "4:15: 'promote_from' must not be a list"},
      {with("promote_from: Test"),
       "4:15: 'Test' is not an environment name: lower-case letters, digits and '-', at most 63, "
       "not '-' first"},
      {package("{version: 1.0.0, instances: {}}"),
       "4:29: 'instances' names none: nothing of this package would be desired"},
      {package("{version: 1.0.0, instances: {FR: }}"),
       "4:41: 'FR' has no value; write {} for none"},
      {package("{version: 1.0.0, instances: {FR: x}}"),
       "4:45: the instance 'FR' must be a mapping of parameters, not 'x'"},
      {package("{version: 1.0.0, instances: [FR]}"), "4:40: 'instances' must not be a list"},
      {package("{version: 1.0.0, instances: {'F R': {}}}"),
       "4:41: 'F R' is not an instance's name: letters, digits, '_' and '-', at most 32"},
      {package("{version: 1.0.0, instances: {FR: {Country: FR}}}"),
       "4:46: 'Country' is not a parameter name: lower-case letters, digits and '_', at most 63, a "
       "letter first"},
      {with("parameters: {region: {a: b}}"), "4:22: 'region' must not be a mapping"},
      {package("1.10"),
       "4:12: '1.10' is not a version of 'gl-base': expected MAJOR.MINOR.PATCH such as 1.4.2, or "
       "a range such as '>=1.4 <2'"},
      {package("~"), "4:3: 'gl-base' has no value"},
      {package("[1.0.0]"), "4:12: 'gl-base' must not be a list"},
      {package("{}"), "4:3: 'gl-base' has no 'version'"},
      {package("{version: 1.0.0, verson: 2}"),
       "4:29: unknown key 'verson'; did you mean 'version'?"},
      {package("{version: 1.0.0, parameters: x}"), "4:41: 'parameters' must be a mapping, not 'x'"},
      {package("{version: 1.0.0, assume_idempotent: 1}"),
       "4:48: 'assume_idempotent' must be true or false, not '1'"},
  };
  for (const auto& [text, problem] : cases) {
    CHECK(problems_of(text) == "environments/dev.yaml:" + problem);
  }
}

TEST_CASE("a file with problems elsewhere still says where its record is") {
  const std::string head = "format: 1\nenvironment: dev\n";
  const std::string stores = "stores: {packages: file:a, results: file:b, state: file:c}\n";
  for (const std::string& wrong :
       {head + stores + "packages: {A: 1.0.0}\n", head + stores + "lease: 7\npackages: {}\n",
        "policy: {no: 1}\n" + head + stores + "packages: {}\n", head + stores,
        head + stores + "policy: {windows: [nights]}\npackages: {}\n"}) {
    INFO(wrong);
    const auto recorded = parse_recorded_environment(wrong, "environments/dev.yaml");
    REQUIRE(recorded);
    CHECK(recorded->problems->message() ==
          parse_environment_file(wrong, "environments/dev.yaml").error().message());
    CHECK(recorded->settings.environment == "dev");
    CHECK(recorded->settings.stores ==
          StoreAddresses{FolderAddress{"a"}, FolderAddress{"b"}, FolderAddress{"c"}});
  }
  const auto embedded =
      parse_recorded_environment(head + "packages: [1]\n", "environments/dev.yaml");
  REQUIRE(embedded);
  CHECK(embedded->problems);
  CHECK_FALSE(embedded->settings.stores);
}

TEST_CASE("a file that leaves in doubt where its record is is refused") {
  const std::string head = "format: 1\nenvironment: dev\n";
  for (const std::string& wrong :
       {std::string(), std::string("[]"), head + "stroes: {state: file:c}\npackages: {}\n",
        head + "stores: {packages: file:a, results: file:b}\npackages: {}\n",
        head + "stores: file:a\npackages: {}\n",
        head + "stores: {packages: file:a, results: file:b, state: s4://c}\npackages: {}\n",
        std::string("format: 1\nenvironment: prod\npackages: {}\n"),
        std::string("format: 1\npackages: {}\n"), "format: 2\nnew: 1\n" + head,
        head + "packages: {a: [}\n", head + "packages: {}\npackages: {}\n"}) {
    INFO(wrong);
    const auto recorded = parse_recorded_environment(wrong, "environments/dev.yaml");
    REQUIRE_FALSE(recorded);
    CHECK(recorded.error().message() ==
          parse_environment_file(wrong, "environments/dev.yaml").error().message());
  }
}

TEST_CASE("an environment says which one its versions come from") {
  const auto read = parse_environment_file(with("promote_from: test"), "environments/dev.yaml");
  REQUIRE(read);
  CHECK(read->promote_from == "test");
  CHECK(problems_of(with("promote_from: Test")) ==
        "environments/dev.yaml:4:15: 'Test' is not an environment name: lower-case letters, digits "
        "and '-', at most 63, not '-' first");
  CHECK(problems_of(with("promote_from: dev")) ==
        "environments/dev.yaml:4:15: 'promote_from' must name another environment than this one");
  const auto wrong =
      parse_recorded_environment(with("promote_from: test\nlease: 7"), "environments/dev.yaml");
  REQUIRE(wrong);
  CHECK(wrong->settings.promote_from == "test");
}

TEST_CASE("stores may be buckets") {
  const auto read = parse_environment_file(
      with("stores: {packages: 's3://acme/packages', results: file:b, state: 's3://acme/state'}"),
      "environments/dev.yaml");
  REQUIRE(read);
  CHECK(read->stores == StoreAddresses{S3Address{"acme", "packages/"}, FolderAddress{"b"},
                                       S3Address{"acme", "state/"}});
}

TEST_CASE("what later versions bring is refused by name") {
  const std::string not_yet = " is not supported by this version of cemli yet";
  const std::map<std::string, std::string> cases{
      {with("policy: {windows: [nights]}"), "4:10: 'windows'" + not_yet},
      {with("policy: {commands: [./check]}"), "4:10: 'commands'" + not_yet},
  };
  for (const auto& [text, problem] : cases) {
    CHECK(problems_of(text) == "environments/dev.yaml:" + problem);
  }
}

TEST_CASE("packages may share parameters by an alias") {
  const auto read = parse_environment_file(
      "format: 1\nenvironment: dev\npackages:\n"
      "  a: {version: 1.0.0, parameters: &shared {region: EMEA}}\n"
      "  b: {version: 1.0.0, parameters: *shared}\n",
      "dev.yaml");
  REQUIRE(read);
  CHECK(read->packages.at("b").parameters == read->packages.at("a").parameters);
  CHECK(read->packages.at("b").parameters.at("region").text == "EMEA");
}

TEST_CASE("a file of 10,000 packages is read") {
  std::string text = "format: 1\nenvironment: dev\npackages:\n";
  for (int i = 0; i < 10'000; ++i) text += fmt::format("  package-{:05}: 1.0.{}\n", i, i);
  const auto read = parse_environment_file(text, "dev.yaml");
  REQUIRE(read);
  CHECK(read->packages.size() == 10'000);
  CHECK(wanted_text(read->packages.at("package-09999").version) == "1.0.9999");
  CHECK(read->packages.at("package-09999").at == TextPosition{10'003, 3});
}

TEST_CASE("an environment is read from a tree") {
  const MemoryTree files({{"environments/dev.yaml", with("")}});
  const auto read = read_environment_file(files, "dev");
  REQUIRE(read);
  CHECK(read->environment == "dev");
  CHECK(read->file == "environments/dev.yaml");
}

TEST_CASE("a missing environment names those that are there") {
  const MemoryTree files({{"environments/dev.yaml", ""},
                          {"environments/README.md", ""},
                          {"environments/test.yaml", ""}});
  const auto read = read_environment_file(files, "prod");
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == ErrorCode::not_found);
  CHECK(read.error().message() == "no 'environments/prod.yaml' in commit 0123456789ab");
  CHECK(read.error().hint() == "there are: dev, test; a new file counts once it is committed");

  const auto nothing = read_environment_file(MemoryTree({}), "prod");
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().hint() ==
        "no environment is there; a new file counts once it is committed");
}

TEST_CASE("the lock file beside an environment's file is read with it") {
  const std::string lock =
      R"({"format": 1, "environment": "dev", "track": "none", "packages": {}})";
  const auto read = read_environment_file(
      MemoryTree({{"environments/dev.yaml", with("")}, {"environments/dev.lock.json", lock}}),
      "dev");
  REQUIRE(read);
  CHECK(read->lock == LockFile{"dev"});
  const auto damaged = read_environment_file(
      MemoryTree({{"environments/dev.yaml", with("")}, {"environments/dev.lock.json", "{}"}}),
      "dev");
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().message() == "environments/dev.lock.json: /format: missing");
}

TEST_CASE("the signers of the same tree are read with a file") {
  const auto read = read_environment_file(MemoryTree({{"environments/dev.yaml", with("")},
                                                      {"environments/allowed_signers", "ann key\n"},
                                                      {"environments/revoked_keys", "KRL"}}),
                                          "dev");
  REQUIRE(read);
  CHECK(read->signers == Signers{"ann key\n", "KRL"});
  const auto without =
      read_environment_file(MemoryTree({{"environments/dev.yaml", with("")}}), "dev");
  REQUIRE(without);
  CHECK(without->signers == Signers{});
  const auto rules =
      read_environment_rules(MemoryTree({{"environments/dev.yaml", with("policy: {locked: true}")},
                                         {"environments/allowed_signers", "ann key\n"},
                                         {"environments/dev.lock.json", "not read"}}),
                             "dev");
  REQUIRE(rules);
  CHECK(rules->policy.locked);
  CHECK(rules->signers.allowed == "ann key\n");
}

TEST_CASE("a file that passes on as many variables as it has room for is read in time") {
  std::string names;
  for (int i = 0; i < 100'000; ++i) names += fmt::format("{}V{}", i > 0 ? ", " : "", i);
  const auto read =
      parse_environment_file(with("runner: {pass: [" + names + "]}"), "environments/dev.yaml");
  REQUIRE(read);
  CHECK(read->runner.pass.size() == 100'000);
}

TEST_CASE("what is no environment name is not looked for") {
  const auto read = read_environment_file(MemoryTree({}), "../dev");
  REQUIRE_FALSE(read);
  CHECK(read.error().message() ==
        "'../dev' is not an environment name: lower-case letters, digits and '-', at most 63, not "
        "'-' first");
}

}  // namespace
}  // namespace cemli
