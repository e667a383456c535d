#include "reconciler/package/zip_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <new>
#include <utility>

#include "reconciler/package/package_listing.h"
#include "reconciler/package/zip_input.h"

namespace cemli {
namespace {

// Of PKWARE's APPNOTE.TXT: sizes of the fixed parts, where fields stand in them, and flags.
constexpr std::uint64_t kLocalSize = 30;
constexpr std::uint64_t kCentralSize = 46;
constexpr std::uint64_t kEndSize = 22;
constexpr std::string_view kEndSignature = "PK\5\6";
constexpr std::string_view kLocatorSignature = "PK\6\7";
constexpr std::uint64_t kLocatorSize = 20;
constexpr std::uint64_t kCountInEnd = 10;
constexpr std::uint64_t kCommentSizeInEnd = 20;
constexpr std::uint64_t kLongestComment = 0xFFFF;
constexpr std::uint64_t kFollowingSize = 16;
constexpr std::uint64_t kFlags = 6;
constexpr std::uint64_t kFlagsInDirectory = 8;
constexpr std::uint64_t kOffsetInDirectory = 42;
constexpr std::uint32_t kEncrypted = (1U << 0U) | (1U << 6U) | (1U << 13U);
constexpr std::uint32_t kSizesFollow = 1U << 3U;
constexpr std::uint64_t kFirstZip64Size = 0xFFFFFFFF;

using Archive = std::unique_ptr<zip_t, void (*)(zip_t*)>;
using Extent = std::pair<std::uint64_t, std::uint64_t>;

Error invalid(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

/// An entry of the directory.
struct DirectoryEntry {
  std::uint64_t index;
  std::string name;
  bool is_encrypted;
  unsigned method;
  std::uint32_t crc;
  std::uint64_t compressed_size;
  std::uint64_t size;
  /// Type and permission bits; 0 where the zip's maker knows none.
  std::uint32_t mode;
};

/// libzip takes a file that cannot be read for one that is cut off.
Error unless_unreadable(const ReadableBytes& zip, Error damage) {
  auto read = read_all(zip, [](std::string_view) { return Result<void>(); });
  return read ? std::move(damage) : std::move(read).error();
}

Error not_a_zip(int libzip_error) {
  if (libzip_error == ZIP_ER_EXISTS) return invalid("a path stands there twice");
  return invalid("it is not a whole zip: its directory is missing, or its entries differ from it")
      .with_hint("it may be damaged, cut off, or not be a zip at all");
}

std::uint32_t get16(std::string_view bytes, std::uint64_t at) {
  return static_cast<unsigned char>(bytes[at]) |
         std::uint32_t{static_cast<unsigned char>(bytes[at + 1])} << 8U;
}

/// libzip indexes all names before anybody can count them, slowly where they are made to collide:
/// the count in the end record is judged first.
Result<void> check_count(std::uint64_t count) {
  if (count <= kMostPackageEntries) return {};
  return invalid(fmt::format("{} entries, more than {}", count, kMostPackageEntries));
}

Result<void> check_end_record(const ReadableBytes& bytes) {
  // All that the record can be in, with what may stand in front of it.
  constexpr std::uint64_t kWindow = kLocatorSize + kEndSize + kLongestComment;
  const std::uint64_t size = size_of(bytes);
  const auto tail = read_at(bytes, size - std::min(size, kWindow), kWindow);
  if (!tail) return tail.error();
  const std::string_view zip = *tail;
  for (std::size_t at = zip.rfind(kEndSignature); at != std::string_view::npos && at > 0;
       at = zip.rfind(kEndSignature, at - 1)) {
    if (zip.size() - at > kEndSize + kLongestComment) return {};
    const bool is_whole = zip.size() - at >= kEndSize &&
                          at + kEndSize + get16(zip, at + kCommentSizeInEnd) == zip.size();
    if (!is_whole) continue;
    if (at >= kLocatorSize && zip.substr(at - kLocatorSize).starts_with(kLocatorSignature))
      return invalid("it is of the zip64 kind, which no package needs");
    if (auto counted = check_count(get16(zip, at + kCountInEnd)); !counted) return counted;
  }
  return {};
}

Result<Archive> open_archive(const ReadableBytes& bytes) {
  if (auto checked = check_end_record(bytes); !checked) return std::move(checked).error();
  // libzip takes no bytes for a zip without entries.
  if (size_of(bytes) == 0) return not_a_zip(ZIP_ER_NOZIP);
  zip_source_t* source = make_zip_input(bytes);
  zip_error_t error;
  zip_error_init(&error);
  Archive archive(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error), &zip_discard);
  const int code = zip_error_code_zip(&error);
  zip_error_fini(&error);
  if (archive) return archive;
  zip_source_free(source);
  return unless_unreadable(bytes, not_a_zip(code));
}

std::uint32_t mode_of(zip_t* archive, std::uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return 0;
  const bool has_mode = system == ZIP_OPSYS_UNIX || system == ZIP_OPSYS_OS_X;
  return has_mode ? attributes >> 16U : 0;
}

Result<void> check_readable(const DirectoryEntry& entry) {
  if (entry.is_encrypted) return invalid("it is encrypted");
  if (entry.method != ZIP_CM_STORE && entry.method != ZIP_CM_DEFLATE)
    return invalid(fmt::format("it is compressed by method {}; only store and deflate are read",
                               entry.method));
  if (entry.size >= kFirstZip64Size || entry.compressed_size >= kFirstZip64Size)
    return invalid("it is of the zip64 kind, which no package needs");
  if (entry.method == ZIP_CM_STORE && entry.size != entry.compressed_size)
    return invalid("its sizes differ although it is not compressed");
  return {};
}

Result<std::vector<DirectoryEntry>> read_directory(zip_t* archive) {
  const auto count = static_cast<std::uint64_t>(zip_get_num_entries(archive, 0));
  if (auto counted = check_count(count); !counted) return std::move(counted).error();
  std::vector<DirectoryEntry> entries;
  entries.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive, i, ZIP_FL_ENC_RAW, &stat) != 0)
      return invalid("its directory is damaged");
    entries.push_back(DirectoryEntry{i, stat.name, stat.encryption_method != ZIP_EM_NONE,
                                     stat.comp_method, stat.crc, stat.comp_size, stat.size,
                                     mode_of(archive, i)});
    if (auto readable = check_readable(entries.back()); !readable)
      return std::move(readable).error().while_doing(
          fmt::format("'{}'", printable_path(entries.back().name)));
  }
  return entries;
}

std::uint64_t size_of_extra_fields(zip_t* archive, std::uint64_t index, zip_flags_t place) {
  const zip_int16_t count = zip_file_extra_fields_count(archive, index, place);
  std::uint64_t size = 0;
  for (zip_int16_t i = 0; i < count; ++i) {
    zip_uint16_t id = 0;
    zip_uint16_t length = 0;
    zip_file_extra_field_get(archive, index, static_cast<zip_uint16_t>(i), &id, &length, place);
    size += 4U + length;
  }
  return size;
}

std::uint64_t size_in_directory(zip_t* archive, const DirectoryEntry& entry) {
  zip_uint32_t comment_size = 0;
  zip_file_get_comment(archive, entry.index, &comment_size, ZIP_FL_ENC_RAW);
  return kCentralSize + entry.name.size() +
         size_of_extra_fields(archive, entry.index, ZIP_FL_CENTRAL) + comment_size;
}

std::uint32_t get32(std::string_view bytes, std::uint64_t at) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i)
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8U * i);
  return value;
}

/// The fixed part of a header with the name behind it; empty where it is not all there or the name
/// is another.
Result<std::string> header_at(const ReadableBytes& zip, std::uint64_t at, std::uint64_t fixed_size,
                              const std::string& name) {
  auto header = read_at(zip, at, fixed_size + name.size());
  if (header && !(header->size() == fixed_size + name.size() && header->ends_with(name)))
    header->clear();
  return header;
}

/// Begin and end of an entry's own header and data. `in_directory` is where the directory has it.
Result<Extent> extent_of(zip_t* archive, const DirectoryEntry& entry, const ReadableBytes& zip,
                         std::uint64_t in_directory) {
  const auto read_differently = [] {
    return invalid("its header is one that programs read differently");
  };
  const auto central = header_at(zip, in_directory, kCentralSize, entry.name);
  if (!central) return central.error();
  if (central->empty()) return read_differently();
  const std::uint32_t flags_and_method = get32(*central, kFlagsInDirectory);
  const std::uint64_t begin = get32(*central, kOffsetInDirectory);
  if ((flags_and_method & kEncrypted) != 0) return invalid("it is encrypted");
  const auto local = header_at(zip, begin, kLocalSize, entry.name);
  if (!local) return local.error();
  if (local->empty() || get32(*local, kFlags) != flags_and_method) return read_differently();
  const bool sizes_follow = (flags_and_method & kSizesFollow) != 0;
  return Extent{begin, begin + kLocalSize + entry.name.size() +
                           size_of_extra_fields(archive, entry.index, ZIP_FL_LOCAL) +
                           entry.compressed_size + (sizes_follow ? kFollowingSize : 0)};
}

/// Every byte belongs to one entry, or to the directory and the record at the end: no room for
/// overlapping entries, hidden ones, a program in front, or a name that goes on behind a NUL.
/// libzip checks none of these, and does not tell where entries stand.
Result<void> check_every_byte(zip_t* archive, const std::vector<DirectoryEntry>& entries,
                              const ReadableBytes& zip) {
  const Error refusal = invalid("entries overlap, or bytes between them belong to none");
  int comment_size = 0;
  zip_get_archive_comment(archive, &comment_size, ZIP_FL_ENC_RAW);
  std::uint64_t behind = kEndSize + static_cast<std::uint64_t>(comment_size);
  for (const DirectoryEntry& entry : entries) behind += size_in_directory(archive, entry);
  if (behind > size_of(zip)) return refusal;
  const std::uint64_t directory = size_of(zip) - behind;
  std::uint64_t in_directory = directory;
  std::vector<Extent> extents;
  for (const DirectoryEntry& entry : entries) {
    const auto extent = extent_of(archive, entry, zip, in_directory);
    if (!extent)
      return Error(extent.error()).while_doing(fmt::format("'{}'", printable_path(entry.name)));
    extents.push_back(*extent);
    in_directory += size_in_directory(archive, entry);
  }
  std::sort(extents.begin(), extents.end());
  std::uint64_t next = 0;
  for (const auto& [begin, end] : extents) {
    if (begin != next) return refusal;
    next = end;
  }
  return next == directory ? Result<void>() : refusal;
}

Result<void> check_kind(const DirectoryEntry& entry) {
  const std::uint32_t type = entry.mode & S_IFMT;
  const bool named_as_folder = entry.name.ends_with('/');
  if (type == S_IFLNK) return invalid("it is a symbolic link; put the file itself there");
  if (type != 0 && type != S_IFREG && type != S_IFDIR)
    return invalid("it is neither a file nor a folder");
  if ((type == S_IFDIR && !named_as_folder) || (type == S_IFREG && named_as_folder))
    return invalid("its name and its type differ on whether it is a folder");
  if (named_as_folder && (entry.size > 0 || entry.compressed_size > 2))
    return invalid("it is a folder with data");
  return {};
}

Result<void> take_entry(const DirectoryEntry& entry, PathSet& paths, std::vector<ZipFile>& files) {
  std::string path = entry.name;
  if (auto kind = check_kind(entry); !kind)
    return std::move(kind).error().while_doing(fmt::format("'{}'", printable_path(path)));
  const bool is_folder = path.ends_with('/');
  if (is_folder) path.pop_back();
  if (auto checked = check_path(path); !checked) return checked;
  if (is_folder) return paths.add_folder(path);
  if (auto added = paths.add_file(path); !added) return added;
  const FileMode mode = (entry.mode & S_IXUSR) != 0 ? FileMode::executable : FileMode::plain;
  files.push_back(ZipFile{std::move(path), mode, entry.size, entry.compressed_size, entry.crc,
                          entry.method == ZIP_CM_DEFLATE, entry.index});
  return {};
}

/// Brings a file's bytes as they stand in the zip, piece by piece.
class CompressedBytes {
 public:
  CompressedBytes(const ReadableBytes& zip, zip_t* archive, const ZipFile& file)
      : zip_(zip),
        file_(zip_fopen_index(archive, file.index, ZIP_FL_COMPRESSED), &zip_fclose),
        due_(file.compressed_size),
        piece_(static_cast<std::size_t>(std::min<std::uint64_t>(due_, kCompressedPiece)), '\0') {}

  Result<std::string_view> next() {
    if (due_ == 0) return std::string_view();
    const auto wanted = std::min<std::uint64_t>(due_, piece_.size());
    const zip_int64_t got = file_ ? zip_fread(file_.get(), piece_.data(), wanted) : 0;
    if (got <= 0) return unless_unreadable(zip_, invalid("its data ends too early"));
    due_ -= static_cast<std::uint64_t>(got);
    return std::string_view(piece_).substr(0, static_cast<std::size_t>(got));
  }

 private:
  static constexpr std::uint64_t kCompressedPiece = 64 * 1024;

  const ReadableBytes& zip_;
  std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file_;
  std::uint64_t due_;
  std::string piece_;
};

/// Gives `sink` what stands in the zip as it is.
Result<void> copy_bytes(const ByteSource& source, const ByteSink& sink) {
  for (;;) {
    auto piece = source();
    if (!piece) return std::move(piece).error();
    if (piece->empty()) return {};
    if (auto taken = sink(*piece); !taken) return taken;
  }
}

}  // namespace

Result<ZipReader> ZipReader::open(const ReadableBytes& zip) {
  auto archive = open_archive(zip);
  if (!archive) return std::move(archive).error();
  ZipReader reader(zip, *std::move(archive));
  const auto entries = read_directory(reader.archive_.get());
  if (!entries) return entries.error();
  std::uint64_t unpacked = 0;
  for (const DirectoryEntry& entry : *entries) unpacked += entry.size;
  if (auto fits = check_unpacked_size(unpacked, size_of(zip)); !fits)
    return std::move(fits).error();
  if (auto checked = check_every_byte(reader.archive_.get(), *entries, zip); !checked)
    return std::move(checked).error();
  PathSet paths;
  for (const DirectoryEntry& entry : *entries) {
    if (auto added = take_entry(entry, paths, reader.files_); !added)
      return std::move(added).error();
  }
  return reader;
}

Result<void> ZipReader::read(const ZipFile& file, const ByteSink& sink) const {
  CompressedBytes bytes(zip_, archive_.get(), file);
  const auto source = [&bytes] { return bytes.next(); };
  std::uint32_t crc = 0;
  const auto checked_sink = [&](std::string_view piece) {
    crc = crc32_of(crc, piece);
    return sink(piece);
  };
  // libzip's own reading lets data pass that is cut off or goes on behind its end.
  auto done = file.is_deflated ? inflate_bytes(source, file.size, checked_sink)
                               : copy_bytes(source, checked_sink);
  if (done && crc != file.crc) done = invalid("its checksum is wrong: the zip is damaged");
  if (!done) return std::move(done).error().while_doing(fmt::format("'{}'", file.path));
  return {};
}

}  // namespace cemli
