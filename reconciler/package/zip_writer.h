#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "state/base/result.h"

struct zip;  // of libzip

namespace cemli {

/// What a file in a zip may be: a run bit or none.
enum class FileMode { plain, executable };

/// Writes a zip. The same files in the same order give the same bytes with the same
/// libzip and zlib: one fixed time, no owners or extra fields, modes 0644 and 0755.
class ZipWriter {
 public:
  /// Adds a file. `path` is new, UTF-8 and relative. `invalid_input` where the zip would pass the
  /// 4 GiB or 65,534 files that the format has room for.
  [[nodiscard]] Result<void> add(std::string path, FileMode mode, std::string bytes);
  /// The same of a file on disk, which is read, piece by piece, once the zip is written.
  [[nodiscard]] Result<void> add_file(std::string path, FileMode mode,
                                      const std::filesystem::path& file);
  /// The zip of at least one file, in memory. `invalid_input` where it is larger than the format
  /// has room for. Call one of these, once.
  [[nodiscard]] Result<std::string> finish();
  /// Writes the zip to `path`, which must not exist; after an error it may. Of files on disk no
  /// more than a piece is ever in memory.
  [[nodiscard]] Result<void> finish_to(const std::filesystem::path& path);

 private:
  struct File {
    std::string path;
    FileMode mode;
    std::variant<std::string, std::filesystem::path> content;
  };
  [[nodiscard]] static Result<void> fill(zip* archive, const std::vector<File>& files);

  std::vector<File> files_;
};

}  // namespace cemli
