#pragma once

#include <cstdlib>

namespace cemli::test {

/// Whether tests run in their long form: `CEMLI_LONG_TESTS` is set, as `tests/run --long` does.
[[nodiscard]] inline bool is_long() {
  return std::getenv("CEMLI_LONG_TESTS") != nullptr;
}

}  // namespace cemli::test
