#include "reconciler/cli/secret_sources.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "state/base/file.h"

namespace cemli {
namespace {

using Kind = SecretSource::Kind;

std::string problem_of(const SecretSource& source,
                       const std::optional<std::filesystem::path>& root = std::nullopt) {
  const auto values = read_secrets({{"PW", source}}, {"PW"}, root);
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
  const auto values = read_secrets(sources, {"PW", "KEY"}, folder->path());
  REQUIRE(values);
  CHECK(*values == SecretValues{{"PW", "s3cret!pw"}, {"KEY", "line one\nline two"}});
  CHECK(read_secrets(sources, {"ABSOLUTE"}, std::nullopt));
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
  const auto unknown = read_secrets({}, {"PW"}, std::nullopt);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message() == "secret 'PW': the environment does not say where from");
}

}  // namespace
}  // namespace cemli
