#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// What a file in a zip may be: a run bit or none.
enum class FileMode { plain, executable };

/// Writes a zip in memory. The same files in the same order give the same bytes with the same zlib:
/// no times, owners or extra fields, modes 0644 and 0755.
class ZipWriter {
 public:
  /// Adds a file. `path` is new, UTF-8 and relative. `invalid_input` where the zip would pass the
  /// 4 GiB or 65,534 files that the format has room for.
  [[nodiscard]] Result<void> add(std::string_view path, FileMode mode, std::string_view bytes);
  /// The zip. Call once.
  [[nodiscard]] std::string finish();

 private:
  std::string zip_;
  std::string directory_;
  std::uint32_t entries_ = 0;
};

}  // namespace cemli
