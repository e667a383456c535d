#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cemli::test {

/// An entry of a zip that may lie about itself in every field.
struct RawEntry {
  std::string name;
  std::string data = {};
  /// Upper half of the external attributes: type and permission bits.
  std::uint32_t mode = 0100644;
  std::uint16_t method = 0;
  /// With bit 3 the entry's own header has neither sizes nor a CRC; they stand in `trailer`.
  std::uint16_t flags = 0;
  std::uint16_t made_by = 3;
  std::optional<std::uint32_t> crc = {};
  std::optional<std::uint32_t> size = {};
  std::optional<std::uint32_t> compressed_size = {};
  /// What the entry's own header says instead of what the directory says.
  std::optional<std::string> local_name = {};
  std::optional<std::uint32_t> local_size = {};
  std::optional<std::uint16_t> local_flags = {};
  std::optional<std::uint32_t> offset = {};
  /// Stands behind the data, as sizes that follow do.
  std::string trailer = {};
  bool is_in_directory = true;
};

struct RawZip {
  std::vector<RawEntry> entries;
  std::string comment = {};
  std::string prefix = {};
  std::string before_directory = {};
  std::optional<std::uint16_t> count = {};
};

/// The zip's bytes, as told.
[[nodiscard]] std::string raw_zip(const RawZip& zip);
[[nodiscard]] std::string raw_zip(const std::vector<RawEntry>& entries);

/// An entry of `data`, deflated.
[[nodiscard]] RawEntry deflated(std::string name, const std::string& data);

}  // namespace cemli::test
