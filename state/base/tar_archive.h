#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "state/base/result.h"

struct archive;

namespace cemli {

/// Writes a tar archive (POSIX pax) file after file, so that only the present one is in memory. The
/// same files give the same bytes: they have no times and no owners, and mode 0644.
class TarArchive {
 public:
  /// Writes to `fd`, which must outlive it and stays open.
  [[nodiscard]] static Result<TarArchive> start(int fd);

  /// Adds a file under a relative path.
  [[nodiscard]] Result<void> add(const std::string& path, std::string_view bytes);
  /// Writes the archive's end. Call once, last.
  [[nodiscard]] Result<void> finish();

 private:
  struct Close {
    void operator()(archive* handle) const;
  };
  using Handle = std::unique_ptr<archive, Close>;
  explicit TarArchive(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
};

}  // namespace cemli
