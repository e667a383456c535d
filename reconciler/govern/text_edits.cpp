#include "reconciler/govern/text_edits.h"

#include <algorithm>

namespace cemli {

std::string with_edits(std::string_view text, std::vector<TextEdit> edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const TextEdit& a, const TextEdit& b) { return a.offset < b.offset; });
  std::string result;
  result.reserve(text.size());
  std::size_t at = 0;
  for (const TextEdit& edit : edits) {
    result.append(text.substr(at, edit.offset - at)).append(edit.by);
    at = edit.offset + edit.size;
  }
  return result.append(text.substr(at));
}

}  // namespace cemli
