#include "reconciler/cli/secret_sources.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "state/base/file.h"
#include "state/store/oci_vault.h"

namespace cemli {
namespace {

using Kind = SecretSource::Kind;

/// A vault that no test here gets to ask.
OciVault& no_vault() {
  static OciVault vault(StoreSurroundings{
      std::make_shared<HttpClient>(HttpSettings{}), std::make_shared<RetryBudget>(1),
      [](const std::string&) { return std::optional<std::string>(); }});
  return vault;
}

std::string problem_of(const SecretSource& source,
                       const std::optional<std::filesystem::path>& root = std::nullopt) {
  const auto values = read_secrets({{"PW", source}}, {"PW"}, {root, no_vault()});
  REQUIRE_FALSE(values);
  CHECK(values.error().code() == ErrorCode::invalid_input);
  return values.error().message();
}

TEST_CASE("secrets come from variables and files, and only those asked for are read") {
  auto folder = TemporaryFolder::make(std::filesystem::temp_directory_path(), "cemli-test-");
  REQUIRE(folder);
  REQUIRE(write_scratch_file(folder->path() / "key", "line one\nline two\r\n", 0600));
  ::setenv("CEMLI_TEST_PW", "s3cret!pw", 1);
  const std::map<std::string, SecretSource> sources{
      {"PW", {Kind::variable, "CEMLI_TEST_PW"}},
      {"KEY", {Kind::file, "key"}},
      {"ABSOLUTE", {Kind::file, (folder->path() / "key").string()}},
      {"OTHER", {Kind::variable, "CEMLI_TEST_NOT_SET"}}};
  const auto values = read_secrets(sources, {"PW", "KEY"}, {folder->path(), no_vault()});
  REQUIRE(values);
  CHECK(values->values == SecretValues{{"PW", "s3cret!pw"}, {"KEY", "line one\nline two"}});
  CHECK(values->versions.empty());
  CHECK(read_secrets(sources, {"ABSOLUTE"}, {std::nullopt, no_vault()}));
}

TEST_CASE("a secret that cannot be read or masked is refused without telling it") {
  CHECK(problem_of({Kind::variable, "CEMLI_TEST_NOT_SET"}) ==
        "secret 'PW': the environment variable 'CEMLI_TEST_NOT_SET' is not set");
  ::setenv("CEMLI_TEST_PW", "short", 1);
  CHECK(problem_of({Kind::variable, "CEMLI_TEST_PW"}) ==
        "secret 'PW': it has fewer than 6 bytes, so it could not be masked in output");
  ::setenv("CEMLI_TEST_PW", "", 1);
  CHECK(problem_of({Kind::variable, "CEMLI_TEST_PW"}) == "secret 'PW': it is empty");
  CHECK(problem_of({Kind::file, "key"}) ==
        "secret 'PW': 'key' is relative, and there is no work tree to count from");
  CHECK(problem_of({Kind::file, "/nonexistent/key"}).starts_with("secret 'PW': "));
  const auto unknown = read_secrets({}, {"PW"}, {std::nullopt, no_vault()});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message() == "secret 'PW': the environment does not say where from");
}

TEST_CASE("what is wrong with several secrets is one error") {
  const auto none = read_secrets({{"A", {Kind::file, "a"}}, {"B", {Kind::oci_vault, "b"}}},
                                 {"A", "B", "C"}, {std::nullopt, no_vault()});
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == ErrorCode::invalid_input);
  CHECK(none.error().message() ==
        "secret 'A': 'a' is relative, and there is no work tree to count from\n"
        "secret 'B': 'b' is not the OCID of a secret\n"
        "secret 'C': the environment does not say where from");
}

TEST_CASE("a reference names the version that was read") {
  CHECK(secret_references({{"A", {Kind::variable, "X"}},
                           {"B", {Kind::file, "/run/b"}},
                           {"C", {Kind::oci_vault, "ocid1.vaultsecret.oc1.phx.c"}},
                           {"D", {Kind::oci_vault, "ocid1.vaultsecret.oc1.phx.d"}}},
                          {{"C", "v3"}}) ==
        std::map<std::string, std::string>{{"A", "env:X"},
                                           {"B", "file:/run/b"},
                                           {"C", "oci-vault:ocid1.vaultsecret.oc1.phx.c@v3"},
                                           {"D", "oci-vault:ocid1.vaultsecret.oc1.phx.d"}});
}

}  // namespace
}  // namespace cemli
