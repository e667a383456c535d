#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "state/base/digest.h"
#include "state/base/result.h"

namespace cemli {

/// A part of an open file, read with `pread`, so several readers may share the descriptor.
struct FileRange {
  int fd;
  std::uint64_t offset;
  std::uint64_t size;
};

/// Bytes that are read where and when they are needed: memory, or a file of any size. Whoever holds
/// them lets them outlive their readers.
using ReadableBytes = std::variant<std::string_view, FileRange>;

/// Takes the next piece of a stream; an error ends it.
using ByteSink = std::function<Result<void>(std::string_view)>;

/// The whole of an open file, as long as it is now.
[[nodiscard]] Result<FileRange> whole_file(int fd);

[[nodiscard]] std::uint64_t size_of(const ReadableBytes& bytes);

/// At most `size` bytes from the place `at` on; fewer only where they end there. `unavailable`
/// where a file cannot be read or has become shorter.
[[nodiscard]] Result<std::string> read_at(const ReadableBytes& bytes, std::uint64_t at,
                                          std::size_t size);
/// Fills `to` from the place `at` on and says how much of it; less only at the end. Errors as
/// above.
[[nodiscard]] Result<std::size_t> read_into(const ReadableBytes& bytes, std::uint64_t at, char* to,
                                            std::size_t size);

/// Gives all bytes to `sink`, in order and in small pieces.
[[nodiscard]] Result<void> read_all(const ReadableBytes& bytes, const ByteSink& sink);
/// Writes to `to` all that can be read from `from`, which may be a pipe.
[[nodiscard]] Result<void> copy_stream(int from, int to);
[[nodiscard]] Result<Digest> digest_of(const ReadableBytes& bytes);

}  // namespace cemli
