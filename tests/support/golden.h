#pragma once

#include <string_view>

namespace cemli::test {

/// Fails the running test unless `text` is byte for byte what `tests/golden/NAME` holds. With
/// `CEMLI_ACCEPT_GOLDEN` set the file is written anew, and the test fails all the same.
void check_golden(std::string_view name, std::string_view text);

}  // namespace cemli::test
