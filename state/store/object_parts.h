#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "state/base/digest.h"
#include "state/base/readable_bytes.h"
#include "state/base/result.h"
#include "state/store/store.h"

namespace cemli {

/// A part of an object that goes in a request of its own, with what services compare it with.
struct ObjectPart {
  ReadableBytes bytes;
  Digest sha256;
  std::string md5;  ///< 16 bytes
};

/// An object's bytes in order, in at least one part.
struct ObjectParts {
  Digest digest;  ///< of the whole
  std::vector<ObjectPart> parts;
};

inline constexpr std::uint64_t kOnePart = std::numeric_limits<std::uint64_t>::max();

/// Cuts an object into parts of `part_size` bytes and a last one that may be shorter, and sums all
/// up in one reading. `conflict` where the whole is not what `object` says that it was.
[[nodiscard]] Result<ObjectParts> cut_into_parts(const NewObject& object, std::uint64_t part_size);

/// `conflict`: a file is not what it was when it was looked at.
[[nodiscard]] Error changed_meanwhile();

}  // namespace cemli
