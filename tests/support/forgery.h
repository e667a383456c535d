#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "state/base/checksum.h"

namespace cemli::test {

/// An entry's or checkpoint's bytes with one text in the place of another, as somebody alters them
/// who computes the checksum anew.
[[nodiscard]] inline std::string forged(std::string bytes, std::string_view from,
                                        std::string_view to) {
  const std::size_t at = bytes.find(from);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, from.size(), to);
  bytes.resize(bytes.rfind(",\"checksum\":"));
  return with_checksum(bytes + "}\n");
}

}  // namespace cemli::test
