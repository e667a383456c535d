#pragma once

#include <string>

#include "tests/cli/sandbox.h"

namespace cemli::test {

/// Output with what differs from run to run (digests, ids, times, folders) replaced by its kind.
[[nodiscard]] std::string normalized(std::string text, const Sandbox& sandbox);

}  // namespace cemli::test
