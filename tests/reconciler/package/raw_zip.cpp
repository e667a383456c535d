#include "tests/reconciler/package/raw_zip.h"

#include <zlib.h>

#include <catch2/catch.hpp>

#include "reconciler/package/inflate.h"

namespace cemli::test {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

/// Raw deflate (RFC 1951).
std::string deflate_bytes(std::string data) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  std::string compressed(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(data.data());
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  const int state = deflate(&stream, Z_FINISH);
  compressed.resize(compressed.size() - stream.avail_out);
  deflateEnd(&stream);
  REQUIRE(state == Z_STREAM_END);
  return compressed;
}

std::string common(const RawEntry& entry, std::uint32_t size, std::size_t name_size) {
  std::string out;
  put(out, 20, 2);
  put(out, entry.flags, 2);
  put(out, entry.method, 2);
  put(out, 0x00210000, 4);
  put(out, entry.crc.value_or(crc32_of(0, entry.data)), 4);
  put(out, entry.compressed_size.value_or(static_cast<std::uint32_t>(entry.data.size())), 4);
  put(out, size, 4);
  put(out, name_size, 2);
  put(out, 0, 2);
  return out;
}

}  // namespace

std::string raw_zip(const RawZip& zip) {
  std::string out = zip.prefix;
  std::string directory;
  std::uint16_t count = 0;
  for (const RawEntry& entry : zip.entries) {
    const std::size_t offset = entry.offset.value_or(static_cast<std::uint32_t>(out.size()));
    const std::uint32_t size = entry.size.value_or(static_cast<std::uint32_t>(entry.data.size()));
    const std::string local_name = entry.local_name.value_or(entry.name);
    if (!entry.offset) {
      RawEntry local = entry;
      const bool sizes_follow = (entry.flags & (1U << 3U)) != 0;
      local.flags = entry.local_flags.value_or(entry.flags);
      if (sizes_follow) local.crc = local.compressed_size = local.local_size = 0;
      out += "PK\x03\x04" + common(local, local.local_size.value_or(size), local_name.size()) +
             local_name + entry.data + entry.trailer;
    }
    if (!entry.is_in_directory) continue;
    ++count;
    directory += "PK\x01\x02";
    put(directory, (std::uint32_t{entry.made_by} << 8U) | 20U, 2);
    directory += common(entry, size, entry.name.size());
    put(directory, 0, 6);
    put(directory, std::uint64_t{entry.mode} << 16U, 4);
    put(directory, offset, 4);
    directory += entry.name;
  }
  out += zip.before_directory;
  const std::size_t directory_offset = out.size();
  out += directory + "PK\x05\x06";
  put(out, 0, 4);
  put(out, zip.count.value_or(count), 2);
  put(out, zip.count.value_or(count), 2);
  put(out, directory.size(), 4);
  put(out, directory_offset, 4);
  put(out, zip.comment.size(), 2);
  return out + zip.comment;
}

std::string raw_zip(const std::vector<RawEntry>& entries) {
  return raw_zip(RawZip{entries});
}

RawEntry deflated(std::string name, const std::string& data) {
  RawEntry entry{std::move(name), deflate_bytes(data)};
  entry.method = 8;
  entry.crc = crc32_of(0, data);
  entry.size = static_cast<std::uint32_t>(data.size());
  return entry;
}

}  // namespace cemli::test
