#pragma once

#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// The text of a JSON object, which has members and ends with a line feed, with one more member as
/// its last: `checksum`, the SHA-256 of all bytes before it. It finds what a disk or a hand has
/// changed where no other object holds the digest of these bytes yet. Who computes it anew is found
/// by the log's chain.
[[nodiscard]] std::string with_checksum(std::string object);
/// `corrupt` where the text does not end with its own checksum.
[[nodiscard]] Result<void> check_checksum(std::string_view text);

}  // namespace cemli
