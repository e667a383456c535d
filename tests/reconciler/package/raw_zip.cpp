#include "tests/reconciler/package/raw_zip.h"

#include "reconciler/package/deflate.h"

namespace cemli::test {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
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
      out += "PK\x03\x04" + common(entry, entry.local_size.value_or(size), local_name.size()) +
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
