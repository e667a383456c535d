#include <catch2/catch.hpp>

#include "state/base/file.h"
#include "state/base/program.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("systemd finds nothing wrong with the example units") {
  Sandbox sandbox;
  const std::string binary = sandbox.invocation({}).argv.front();
  const std::string installed = "/usr/local/bin/cemli";
  std::vector<std::string> units;
  for (const fs::directory_entry& file : fs::directory_iterator(CEMLI_EXAMPLES "/systemd")) {
    std::string text = read_file(file.path()).value();
    // What systemd checks is that the program is there.
    if (const std::size_t at = text.find(installed); at != std::string::npos)
      text.replace(at, installed.size(), binary);
    const fs::path copy = sandbox.root() / file.path().filename();
    REQUIRE(write_scratch_file(copy, text, 0644));
    units.push_back(copy.string());
  }
  REQUIRE(units.size() == 3);
  for (const std::string& unit : units) {
    const auto verified = run_program({{"systemd-analyze", "verify", unit}});
    REQUIRE(verified);
    INFO(unit << ":\n" << verified->err);
    CHECK(verified->exit_code == 0);
    CHECK(verified->err.find(sandbox.root().string()) == std::string::npos);
  }
}

}  // namespace
}  // namespace cemli::test
