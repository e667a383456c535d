#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "state/base/result.h"

namespace cemli {

/// A file of a tar archive.
struct TarFile {
  std::string path;
  std::string bytes;
};

/// Reads the tar archives that `TarArchive` writes, file after file, so that only the present one
/// is in memory. Every byte that is not a file's must be as it was written: no altered one is
/// passed over. Files only: a link, a folder or an extended header is refused.
class TarReader {
 public:
  /// Reads from `fd` as it stands, which must outlive this.
  explicit TarReader(int fd) : fd_(fd) {}

  /// The next file; nothing behind the last one, once the archive's end is seen to be whole.
  /// `corrupt` says what is wrong and at which byte; nothing may be read after that.
  [[nodiscard]] Result<std::optional<TarFile>> next();

 private:
  [[nodiscard]] Result<std::string> read_up_to(std::uint64_t bytes);
  [[nodiscard]] Result<void> read_end();
  [[nodiscard]] Error broken(std::string_view what) const;

  int fd_;
  std::uint64_t read_ = 0;
};

}  // namespace cemli
