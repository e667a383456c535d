#include "state/base/readable_bytes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "state/base/file.h"

namespace cemli {
namespace {

constexpr std::size_t kReadPiece = std::size_t{64} * 1024;

Result<std::size_t> read_file_into(const FileRange& range, std::uint64_t at, char* to,
                                   std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n =
        ::pread(range.fd, to + got, size - got, static_cast<off_t>(range.offset + at + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "reading a file");
    if (n == 0)
      return Error(ErrorCode::unavailable, "reading a file: it has become shorter meanwhile");
    got += static_cast<std::size_t>(n);
  }
  return got;
}

}  // namespace

Result<FileRange> whole_file(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return system_error(errno, "looking at a file");
  return FileRange{fd, 0, static_cast<std::uint64_t>(status.st_size)};
}

std::uint64_t size_of(const ReadableBytes& bytes) {
  if (const auto* memory = std::get_if<std::string_view>(&bytes)) return memory->size();
  return std::get<FileRange>(bytes).size;
}

Result<std::size_t> read_into(const ReadableBytes& bytes, std::uint64_t at, char* to,
                              std::size_t size) {
  const std::uint64_t whole = size_of(bytes);
  if (at >= whole) return std::size_t{0};
  const auto due = static_cast<std::size_t>(std::min<std::uint64_t>(size, whole - at));
  if (const auto* range = std::get_if<FileRange>(&bytes))
    return read_file_into(*range, at, to, due);
  std::memcpy(to, std::get<std::string_view>(bytes).data() + at, due);
  return due;
}

Result<std::string> read_at(const ReadableBytes& bytes, std::uint64_t at, std::size_t size) {
  const std::uint64_t whole = size_of(bytes);
  std::string read(
      static_cast<std::size_t>(std::min<std::uint64_t>(size, whole - std::min(at, whole))), '\0');
  auto got = read_into(bytes, at, read.data(), read.size());
  if (!got) return std::move(got).error();
  return read;
}

Result<void> read_all(const ReadableBytes& bytes, const ByteSink& sink) {
  if (const auto* memory = std::get_if<std::string_view>(&bytes)) return sink(*memory);
  std::string piece(kReadPiece, '\0');
  std::uint64_t at = 0;
  for (;;) {
    auto got = read_into(bytes, at, piece.data(), piece.size());
    if (!got) return std::move(got).error();
    if (*got == 0) return {};
    if (auto taken = sink(std::string_view(piece).substr(0, *got)); !taken) return taken;
    at += *got;
  }
}

Result<void> copy_stream(int from, int to) {
  std::string piece(kReadPiece, '\0');
  for (;;) {
    const ssize_t n = ::read(from, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "reading");
    if (n == 0) return {};
    const auto got = static_cast<std::size_t>(n);
    if (auto written = write_all(to, std::string_view(piece).substr(0, got)); !written)
      return written;
  }
}

Result<Digest> digest_of(const ReadableBytes& bytes) {
  Sha256 digest;
  auto read = read_all(bytes, [&digest](std::string_view piece) {
    digest.update(piece);
    return Result<void>();
  });
  if (!read) return std::move(read).error();
  return digest.finish();
}

}  // namespace cemli
