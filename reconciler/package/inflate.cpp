#include "reconciler/package/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>
#include <string>

namespace cemli {
namespace {

constexpr int kRawDeflate = -MAX_WBITS;
constexpr std::size_t kPiece = 64 * 1024;

/// Frees what zlib keeps behind a stream.
using StreamOwner = std::unique_ptr<z_stream, int (*)(z_stream*)>;

/// Moves as much of `bytes` into the stream's input as its counter holds.
void feed(z_stream& stream, std::string_view& bytes) {
  if (stream.avail_in > 0 || bytes.empty()) return;
  const std::size_t size = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
  // zlib reads its input only; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(size);
  bytes.remove_prefix(size);
}

Error damaged(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

}  // namespace

Result<void> inflate_bytes(std::string_view compressed, std::uint64_t size, const ByteSink& sink) {
  z_stream stream{};
  if (inflateInit2(&stream, kRawDeflate) != Z_OK) throw std::bad_alloc();
  const StreamOwner owner(&stream, &inflateEnd);
  // One byte more than is due, so that data that goes on is seen.
  std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(size, kPiece - 1)) + 1, '\0');
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    feed(stream, compressed);
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    if (state == Z_BUF_ERROR) return damaged("its data ends too early");
    if (state != Z_OK && state != Z_STREAM_END) return damaged("its data is damaged");
    const std::size_t got = piece.size() - stream.avail_out;
    if (got > size) return damaged("it is longer than it says");
    size -= got;
    if (auto taken = sink(std::string_view(piece).substr(0, got)); !taken) return taken;
  }
  if (size > 0) return damaged("it is shorter than it says");
  if (stream.avail_in > 0 || !compressed.empty()) return damaged("more bytes follow its data");
  return {};
}

std::uint32_t crc32_of(std::uint32_t crc, std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace cemli
