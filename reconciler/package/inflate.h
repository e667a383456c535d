#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "state/base/readable_bytes.h"
#include "state/base/result.h"

namespace cemli {

/// Brings the next piece of a stream, which lives until the next call; an empty one at its end.
using ByteSource = std::function<Result<std::string_view>()>;

/// Gives `sink` what raw deflate (RFC 1951) made all that `compressed` brings of, which must be
/// `size` bytes: it stops at the first byte more. `invalid_input` where the data is damaged,
/// longer, shorter or followed by more.
[[nodiscard]] Result<void> inflate_bytes(const ByteSource& compressed, std::uint64_t size,
                                         const ByteSink& sink);

/// CRC-32 of what had `crc` (0 at the start), followed by `bytes`.
[[nodiscard]] std::uint32_t crc32_of(std::uint32_t crc, std::string_view bytes);

}  // namespace cemli
