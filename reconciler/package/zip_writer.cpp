#include "reconciler/package/zip_writer.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>

#include <cassert>
#include <cerrno>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace cemli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 65'534;
constexpr std::size_t kLargestZip = std::numeric_limits<std::uint32_t>::max() - 1;
constexpr std::size_t kLargestFile = 4'293'656'963;  // past it libzip makes room for zip64
constexpr zip_uint32_t kBestCompression = 9;
// 1980-01-01, the earliest that there is; libzip takes it through the local time zone, and at noon
// no zone has ever changed its clocks.
constexpr zip_uint16_t kDosDate = (1U << 5U) | 1U;
constexpr zip_uint16_t kDosTime = 12U << 11U;

using Archive = std::unique_ptr<zip_t, void (*)(zip_t*)>;
using Source = std::unique_ptr<zip_source_t, void (*)(zip_source_t*)>;

Error too_large() {
  return {ErrorCode::invalid_input, "a zip holds at most 65,534 files and 4 GiB"};
}

Error failed(zip_error_t* error) {
  if (zip_error_system_type(error) == ZIP_ET_SYS && zip_error_code_system(error) != 0)
    return system_error(zip_error_code_system(error), "writing a zip");
  return {ErrorCode::internal, fmt::format("writing a zip: {}", zip_error_strerror(error))};
}

zip_source_t* source_of(zip_t* archive, const std::string& bytes) {
  return zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
}

zip_source_t* source_of(zip_t* archive, const fs::path& file) {
  return zip_source_file(archive, file.c_str(), 0, -1);
}

Result<void> add_to_archive(zip_t* archive, const std::string& path, FileMode mode,
                            zip_source_t* source) {
  const zip_int64_t added = zip_file_add(archive, path.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (added < 0) {
    zip_source_free(source);
    return failed(zip_get_error(archive)).while_doing(fmt::format("'{}'", path));
  }
  const auto index = static_cast<zip_uint64_t>(added);
  const unsigned bits = S_IFREG | (mode == FileMode::executable ? 0755U : 0644U);
  if (zip_set_file_compression(archive, index, ZIP_CM_DEFAULT, kBestCompression) != 0 ||
      zip_file_set_dostime(archive, index, kDosTime, kDosDate, 0) != 0 ||
      zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX, bits << 16U) != 0) {
    return failed(zip_get_error(archive)).while_doing(fmt::format("'{}'", path));
  }
  return {};
}

Result<std::string> bytes_of(zip_source_t* source) {
  zip_stat_t stat;
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0)
    return failed(zip_source_error(source));
  std::string bytes(stat.size, '\0');
  const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (got != static_cast<zip_int64_t>(bytes.size())) return failed(zip_source_error(source));
  return bytes;
}

}  // namespace

Result<void> ZipWriter::add(std::string path, FileMode mode, std::string bytes) {
  if (files_.size() == kMostFiles || bytes.size() > kLargestFile) return too_large();
  files_.push_back(File{std::move(path), mode, std::move(bytes)});
  return {};
}

Result<void> ZipWriter::add_file(std::string path, FileMode mode, const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return system_error(error.value(), fmt::format("looking at '{}'", file.string()));
  if (files_.size() == kMostFiles || size > kLargestFile) return too_large();
  files_.push_back(File{std::move(path), mode, file});
  return {};
}

Result<void> ZipWriter::fill(zip_t* archive, const std::vector<File>& files) {
  assert(!files.empty());
  for (const File& file : files) {
    zip_source_t* source = std::visit(
        [archive](const auto& content) { return source_of(archive, content); }, file.content);
    if (auto added = add_to_archive(archive, file.path, file.mode, source); !added) return added;
  }
  return {};
}

Result<std::string> ZipWriter::finish() {
  const Source target(zip_source_buffer_create(nullptr, 0, 0, nullptr), &zip_source_free);
  if (!target) throw std::bad_alloc();
  Archive archive(zip_open_from_source(target.get(), ZIP_CREATE | ZIP_TRUNCATE, nullptr),
                  &zip_discard);
  if (!archive) return failed(zip_source_error(target.get()));
  zip_source_keep(target.get());  // one reference is the archive's
  if (auto filled = fill(archive.get(), files_); !filled) return std::move(filled).error();
  if (zip_close(archive.get()) != 0) return failed(zip_get_error(archive.get()));
  static_cast<void>(archive.release());
  auto bytes = bytes_of(target.get());
  if (bytes && bytes->size() > kLargestZip) return too_large();
  return bytes;
}

Result<void> ZipWriter::finish_to(const fs::path& path) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_CREATE | ZIP_EXCL, &code), &zip_discard);
  if (!archive) return system_error(errno, fmt::format("creating '{}'", path.string()));
  if (auto filled = fill(archive.get(), files_); !filled) return filled;
  if (zip_close(archive.get()) != 0) return failed(zip_get_error(archive.get()));
  static_cast<void>(archive.release());
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return system_error(error.value(), fmt::format("looking at '{}'", path.string()));
  if (size > kLargestZip) return too_large();
  return {};
}

}  // namespace cemli
