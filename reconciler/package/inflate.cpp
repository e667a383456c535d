#include "reconciler/package/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace cemli {
namespace {

constexpr int kRawDeflate = -MAX_WBITS;
constexpr std::size_t kPiece = 64 * 1024;

/// Frees what zlib keeps behind a stream.
using StreamOwner = std::unique_ptr<z_stream, int (*)(z_stream*)>;

/// Brings the stream's next input where it has none left. False at the end of it.
Result<bool> feed(z_stream& stream, const ByteSource& source) {
  if (stream.avail_in > 0) return true;
  auto piece = source();
  if (!piece) return std::move(piece).error();
  assert(piece->size() <= std::numeric_limits<uInt>::max());
  // zlib reads its input only; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece->data()));
  stream.avail_in = static_cast<uInt>(piece->size());
  return !piece->empty();
}

Error damaged(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

}  // namespace

Result<void> inflate_bytes(const ByteSource& compressed, std::uint64_t size, const ByteSink& sink) {
  z_stream stream{};
  if (inflateInit2(&stream, kRawDeflate) != Z_OK) throw std::bad_alloc();
  const StreamOwner owner(&stream, &inflateEnd);
  // One byte more than is due, so that data that goes on is seen.
  std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(size, kPiece - 1)) + 1, '\0');
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (auto fed = feed(stream, compressed); !fed) return std::move(fed).error();
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
  const auto has_more = feed(stream, compressed);
  if (!has_more) return has_more.error();
  if (*has_more) return damaged("more bytes follow its data");
  return {};
}

std::uint32_t crc32_of(std::uint32_t crc, std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace cemli
