#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace cemli::test {

/// What a person may have written: the same seed is the same file but for its versions, in whatever
/// style (comments, flow, quotes, anchors, line ends, indentation, letters that are not ASCII).
struct GeneratedEnvironment {
  std::uint32_t seed = 0;

  /// Package names with a version each.
  [[nodiscard]] std::map<std::string, std::string> versions() const;
  /// The file with these versions, in the order of their names or another.
  [[nodiscard]] std::string text(const std::map<std::string, std::string>& versions) const;
  /// Whether each entry begins a line of its own.
  [[nodiscard]] bool is_block() const;
};

}  // namespace cemli::test
