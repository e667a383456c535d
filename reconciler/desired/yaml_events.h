#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/desired/text_position.h"

namespace cemli {

/// A step through a YAML document. In a mapping each `key` is followed by one value: a scalar, a
/// mapping or a list.
struct YamlEvent {
  enum class Kind { mapping_start, mapping_end, list_start, list_end, key, plain, quoted, null };
  Kind kind = Kind::null;
  /// Where it stands; for a value that came through an alias, where that was written.
  TextPosition at = {};
  /// Of a key or a scalar.
  std::string text = {};
  /// The byte of the whole text at which it begins, with its anchor where it has one; for what came
  /// through an alias, that of the alias.
  std::size_t offset = 0;
  bool through_alias = false;
};

/// Walks the one document of a text and hands each event to `take`; an empty text is one `null`.
/// Aliases are replaced by what they name (at most 10,000 nodes). Returns everything that is wrong
/// with the YAML itself: not UTF-8, syntax, duplicate keys, `<<`, explicit tags, keys that are not
/// scalars, a second document. The value of a wrong key is left out; after a syntax error no more
/// events come, not even the end of what is open. Needs memory only for what has an anchor.
[[nodiscard]] std::vector<TextProblem> read_yaml(std::string_view text,
                                                 const std::function<void(const YamlEvent&)>& take);

}  // namespace cemli
