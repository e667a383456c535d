#include "state/base/checksum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "state/base/digest.h"

namespace cemli {
namespace {

constexpr std::string_view kEnd = "}\n";

std::string ending_of(std::string_view before) {
  return fmt::format(",\"checksum\":\"{}\"{}", Digest::of(before).hex(), kEnd);
}

}  // namespace

std::string with_checksum(std::string object) {
  assert(object.ends_with(kEnd));
  object.resize(object.size() - kEnd.size());
  object += ending_of(object);
  return object;
}

Result<void> check_checksum(std::string_view text) {
  constexpr std::size_t kSize = std::string_view(",\"checksum\":\"\"").size() + 64 + kEnd.size();
  const std::size_t before = text.size() - std::min(text.size(), kSize);
  if (text.substr(before) == ending_of(text.substr(0, before))) return {};
  return Error(ErrorCode::corrupt, "altered: its checksum is not that of its bytes");
}

}  // namespace cemli
