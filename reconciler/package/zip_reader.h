#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/package/inflate.h"
#include "reconciler/package/zip_writer.h"
#include "state/base/result.h"

struct zip;  // of libzip

namespace cemli {

/// A file in a zip.
struct ZipFile {
  std::string path;
  FileMode mode = FileMode::plain;
  std::uint64_t size = 0;
  std::uint64_t compressed_size = 0;
  std::uint32_t crc = 0;
  bool is_deflated = false;
  /// Its place in the directory.
  std::uint64_t index = 0;
};

/// Reads zips of unknown origin. A zip that two programs could read differently is refused: each
/// byte belongs to one entry or to the directory, and the directory and the entries' own headers
/// agree. Refused are also paths that leave the folder or stand there twice, links, special files,
/// encryption, methods but store and deflate, zip64, more than 20,000 entries, more than 4 GiB
/// unpacked, and more than 100 times the zip's size past 64 MiB. All with `invalid_input`. What a
/// zip unpacks to is never in memory, nor is the zip.
class ZipReader {
 public:
  /// `zip` must outlive the reader. No file's data is read yet. `unavailable` where a file cannot
  /// be read.
  [[nodiscard]] static Result<ZipReader> open(const ReadableBytes& zip);

  /// In the directory's order; entries of folders are checked and left out.
  [[nodiscard]] const std::vector<ZipFile>& files() const { return files_; }
  /// Gives the bytes of one of `files()` to `sink`, never more than its `size`. `invalid_input`
  /// where size or CRC are not what the directory says, which may turn out only at the end. One
  /// call at a time.
  [[nodiscard]] Result<void> read(const ZipFile& file, const ByteSink& sink) const;

 private:
  using Archive = std::unique_ptr<zip, void (*)(zip*)>;
  ZipReader(const ReadableBytes& zip, Archive archive) : zip_(zip), archive_(std::move(archive)) {}

  ReadableBytes zip_;
  Archive archive_;
  std::vector<ZipFile> files_;
};

}  // namespace cemli
