#pragma once

#include <cstddef>
#include <cstdint>

/// The numbers of PKWARE's APPNOTE.TXT that reader and writer share.
namespace cemli::zip {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;

inline constexpr std::size_t kLocalSize = 30;
inline constexpr std::size_t kCentralSize = 46;
inline constexpr std::size_t kEndSize = 22;

inline constexpr std::uint16_t kStored = 0;
inline constexpr std::uint16_t kDeflated = 8;

inline constexpr std::uint16_t kFlagEncrypted = 1U << 0U;
inline constexpr std::uint16_t kFlagSizesFollow = 1U << 3U;
inline constexpr std::uint16_t kFlagStrongEncryption = 1U << 6U;
inline constexpr std::uint16_t kFlagUtf8 = 1U << 11U;
inline constexpr std::uint16_t kFlagMaskedHeaders = 1U << 13U;

/// Systems (high byte of "version made by") whose external attributes hold a Unix mode.
inline constexpr unsigned kMadeByUnix = 3;
inline constexpr unsigned kMadeByMac = 19;

}  // namespace cemli::zip
