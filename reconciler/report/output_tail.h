#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/execute/outcome.h"

namespace cemli {

/// The last lines of what a step printed, printable and cut where they are over-long.
struct OutputTail {
  std::vector<std::string> lines;
  /// Whether these are all lines.
  bool is_whole = true;
};

/// Looks at the end of the stream only, however long it is.
[[nodiscard]] OutputTail tail_of(const CapturedStream& stream, std::size_t lines);
[[nodiscard]] OutputTail tail_of(std::string_view text, std::size_t lines);

}  // namespace cemli
