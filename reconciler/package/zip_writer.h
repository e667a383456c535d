#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "state/base/result.h"

namespace cemli {

/// What a file in a zip may be: a run bit or none.
enum class FileMode { plain, executable };

/// Writes a zip in memory. The same files in the same order give the same bytes with the same
/// libzip and zlib: one fixed time, no owners or extra fields, modes 0644 and 0755.
class ZipWriter {
 public:
  /// Adds a file. `path` is new, UTF-8 and relative. `invalid_input` where the zip would pass the
  /// 4 GiB or 65,534 files that the format has room for.
  [[nodiscard]] Result<void> add(std::string path, FileMode mode, std::string bytes);
  /// The zip of at least one file. `invalid_input` where it is larger than the format has room for.
  /// Call once.
  [[nodiscard]] Result<std::string> finish();

 private:
  struct File {
    std::string path;
    FileMode mode;
    std::string bytes;
  };
  std::vector<File> files_;
};

}  // namespace cemli
