#pragma once

#include <cstdint>

#include "state/store/store.h"

namespace cemli::test {

/// What every `Store` must do, as sections of the running test case. `store` is a new, empty one
/// each time the case is entered.
void check_store(Store& store);
/// The same of files. A store in a bucket takes parts of 5 MiB here.
void check_file_store(Store& store);
inline constexpr std::uint64_t kSuitePartSize = 5ULL * 1024 * 1024;

}  // namespace cemli::test
