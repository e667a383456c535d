#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// Takes the next piece of a stream; an error ends it.
using ByteSink = std::function<Result<void>(std::string_view)>;

/// Gives `sink` what raw deflate (RFC 1951) made `compressed` of, which must be `size` bytes: it
/// stops at the first byte more. `invalid_input` where the data is damaged, longer, shorter or
/// followed by more.
[[nodiscard]] Result<void> inflate_bytes(std::string_view compressed, std::uint64_t size,
                                         const ByteSink& sink);

/// CRC-32 of what had `crc` (0 at the start), followed by `bytes`.
[[nodiscard]] std::uint32_t crc32_of(std::uint32_t crc, std::string_view bytes);

}  // namespace cemli
