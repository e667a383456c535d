#pragma once

#include <cstddef>
#include <cstdlib>

namespace cemli::test {

/// Whether tests run in their long form: `CEMLI_LONG_TESTS` is set, as `tests/run --long` does.
[[nodiscard]] inline bool is_long() {
  return std::getenv("CEMLI_LONG_TESTS") != nullptr;
}

/// From one byte to the next, of those that a test alters in turn: `usual`, or further where
/// `CEMLI_SPARSE_TESTS` is set, as it is under valgrind, where each takes forty times as long.
[[nodiscard]] inline std::size_t byte_stride(std::size_t usual) {
  return std::getenv("CEMLI_SPARSE_TESTS") == nullptr ? usual : usual * 31;
}

}  // namespace cemli::test
