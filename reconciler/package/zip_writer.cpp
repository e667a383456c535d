#include "reconciler/package/zip_writer.h"

#include <sys/stat.h>

#include <limits>

#include "reconciler/package/deflate.h"
#include "reconciler/package/zip_format.h"

namespace cemli {
namespace {

constexpr std::uint16_t kVersionNeeded = 20;
constexpr std::uint16_t kFirstDate = (1U << 5U) | 1U;  // 1980-01-01, the earliest that there is
constexpr std::uint32_t kMostEntries = 65'534;
constexpr std::size_t kLargestZip = std::numeric_limits<std::uint32_t>::max() - 1;

void put16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value & 0xFFU);
  out += static_cast<char>((value >> 8U) & 0xFFU);
}

void put32(std::string& out, std::size_t value) {
  put16(out, static_cast<std::uint32_t>(value & 0xFFFFU));
  put16(out, static_cast<std::uint32_t>((value >> 16U) & 0xFFFFU));
}

std::uint32_t mode_bits(FileMode mode) {
  return S_IFREG | (mode == FileMode::executable ? 0755U : 0644U);
}

/// What the local and the central header have in common.
struct Common {
  std::uint16_t method;
  std::uint32_t crc;
  std::size_t compressed_size;
  std::size_t size;
  std::size_t name_size;

  void put(std::string& out) const {
    put16(out, kVersionNeeded);
    put16(out, zip::kFlagUtf8);
    put16(out, method);
    put16(out, 0);  // midnight
    put16(out, kFirstDate);
    put32(out, crc);
    put32(out, compressed_size);
    put32(out, size);
    put16(out, static_cast<std::uint32_t>(name_size));
    put16(out, 0);  // no extra field
  }
};

}  // namespace

Result<void> ZipWriter::add(std::string_view path, FileMode mode, std::string_view bytes) {
  const Error too_large(ErrorCode::invalid_input, "a zip holds at most 65,534 files and 4 GiB");
  if (entries_ == kMostEntries || bytes.size() > kLargestZip) return too_large;
  const std::string deflated = deflate_bytes(bytes);
  const bool is_smaller = deflated.size() < bytes.size();
  const std::string_view data = is_smaller ? std::string_view(deflated) : bytes;
  const std::size_t headers = zip::kLocalSize + zip::kCentralSize + 2 * path.size();
  if (zip_.size() + directory_.size() + headers + data.size() + zip::kEndSize > kLargestZip)
    return too_large;
  const std::size_t offset = zip_.size();
  const Common common{is_smaller ? zip::kDeflated : zip::kStored, crc32_of(0, bytes), data.size(),
                      bytes.size(), path.size()};
  put32(zip_, zip::kLocalSignature);
  common.put(zip_);
  zip_ += path;
  zip_ += data;

  put32(directory_, zip::kCentralSignature);
  put16(directory_, (zip::kMadeByUnix << 8U) | kVersionNeeded);
  common.put(directory_);
  put16(directory_, 0);  // no comment
  put16(directory_, 0);  // the first disk
  put16(directory_, 0);  // no internal attributes
  put32(directory_, std::size_t{mode_bits(mode)} << 16U);
  put32(directory_, offset);
  directory_ += path;
  ++entries_;
  return {};
}

std::string ZipWriter::finish() {
  const std::size_t offset = zip_.size();
  zip_ += directory_;
  put32(zip_, zip::kEndSignature);
  put16(zip_, 0);  // this disk
  put16(zip_, 0);  // the directory's disk
  put16(zip_, entries_);
  put16(zip_, entries_);
  put32(zip_, directory_.size());
  put32(zip_, offset);
  put16(zip_, 0);  // no comment
  return std::move(zip_);
}

}  // namespace cemli
