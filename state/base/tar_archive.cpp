#include "state/base/tar_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <utility>

namespace cemli {
namespace {

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

Error failed(archive* handle) {
  constexpr std::string_view kWhat = "writing the archive";
  // Its own numbers are negative.
  if (const int number = archive_errno(handle); number > 0) return system_error(number, kWhat);
  const char* const why = archive_error_string(handle);
  return Error(ErrorCode::internal, why == nullptr ? "for no known reason" : why)
      .while_doing(kWhat);
}

}  // namespace

void TarArchive::Close::operator()(archive* handle) const {
  archive_write_free(handle);
}

Result<TarArchive> TarArchive::start(int fd) {
  Handle handle(archive_write_new());
  if (!handle) return Error(ErrorCode::unavailable, "out of memory");
  // Blocks of one record: what follows the end is padded to 512 bytes, not to 10 KiB.
  if (archive_write_set_format_pax_restricted(handle.get()) != ARCHIVE_OK ||
      archive_write_set_bytes_in_last_block(handle.get(), 1) != ARCHIVE_OK ||
      archive_write_open_fd(handle.get(), fd) != ARCHIVE_OK) {
    return failed(handle.get());
  }
  return TarArchive(std::move(handle));
}

Result<void> TarArchive::add(const std::string& path, std::string_view bytes) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  if (!entry) return Error(ErrorCode::unavailable, "out of memory");
  archive_entry_set_pathname_utf8(entry.get(), path.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(handle_.get(), entry.get()) != ARCHIVE_OK ||
      archive_write_data(handle_.get(), bytes.data(), bytes.size()) !=
          static_cast<la_ssize_t>(bytes.size())) {
    return failed(handle_.get());
  }
  return {};
}

Result<void> TarArchive::finish() {
  if (archive_write_close(handle_.get()) != ARCHIVE_OK) return failed(handle_.get());
  return {};
}

}  // namespace cemli
