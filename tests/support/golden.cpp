#include "tests/support/golden.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "state/base/file.h"

namespace cemli::test {

void check_golden(std::string_view name, std::string_view text) {
  const std::filesystem::path path = std::filesystem::path(CEMLI_GOLDEN_FOLDER) / name;
  if (std::getenv("CEMLI_ACCEPT_GOLDEN") != nullptr) {
    REQUIRE(replace_file(path, text, Durability::relaxed));
    FAIL("accepted " << path.string() << "; run again without CEMLI_ACCEPT_GOLDEN");
  }
  const auto expected = read_file(path);
  REQUIRE(expected);
  CHECK(std::string(text) == *expected);
}

}  // namespace cemli::test
