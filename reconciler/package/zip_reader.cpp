#include "reconciler/package/zip_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "reconciler/package/package_listing.h"
#include "reconciler/package/zip_format.h"

namespace cemli {
namespace {

constexpr std::uint32_t kSizeElsewhere = 0xFFFFFFFF;  // the true one stands in a zip64 field
constexpr std::uint16_t kCountElsewhere = 0xFFFF;

Error invalid(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}
std::uint16_t get16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) | (byte_at(bytes, at + 1) << 8U));
}
std::uint32_t get32(std::string_view bytes, std::size_t at) {
  return get16(bytes, at) | (std::uint32_t{get16(bytes, at + 2)} << 16U);
}

/// Where the directory stands, from the record at the zip's end.
struct End {
  std::size_t offset;
  std::size_t directory_offset;
  std::uint32_t entries;
};

/// An entry of the directory.
struct Entry {
  unsigned made_by;
  std::uint16_t flags;
  std::uint16_t method;
  std::uint32_t crc;
  std::uint64_t compressed_size;
  std::uint64_t size;
  std::uint32_t attributes;
  std::size_t offset;
  std::string_view name;
  std::string_view data = {};
};

Result<End> find_end(std::string_view zip) {
  const Error not_whole = invalid("it is not a whole zip: its directory is missing")
                              .with_hint("it may be cut off, or not be a zip at all");
  if (zip.size() < zip::kEndSize) return not_whole;
  constexpr std::size_t kLongestComment = 0xFFFF;
  const std::size_t last = zip.size() - zip::kEndSize;
  for (std::size_t comment = 0; comment <= std::min(last, kLongestComment); ++comment) {
    const std::size_t at = last - comment;
    if (get32(zip, at) != zip::kEndSignature || get16(zip, at + 20) != comment) continue;
    const std::uint16_t entries = get16(zip, at + 10);
    const std::size_t size = get32(zip, at + 12);
    const std::size_t offset = get32(zip, at + 16);
    if (entries == kCountElsewhere || size == kSizeElsewhere || offset == kSizeElsewhere)
      return invalid("it is of the zip64 kind, which no package needs");
    if (get16(zip, at + 4) != 0 || get16(zip, at + 6) != 0 || get16(zip, at + 8) != entries)
      return invalid("it is one part of several");
    if (entries > kMostPackageEntries)
      return invalid(fmt::format("{} entries, more than {}", entries, kMostPackageEntries));
    if (offset + size != at) return invalid("bytes around its directory belong to nothing");
    return End{at, offset, entries};
  }
  return not_whole;
}

Result<std::vector<Entry>> read_directory(std::string_view zip, const End& end) {
  const Error damaged = invalid("its directory is damaged");
  std::vector<Entry> entries;
  entries.reserve(end.entries);
  std::size_t at = end.directory_offset;
  for (std::uint32_t i = 0; i < end.entries; ++i) {
    if (end.offset - at < zip::kCentralSize || get32(zip, at) != zip::kCentralSignature)
      return damaged;
    const std::size_t name_size = get16(zip, at + 28);
    const std::size_t header_size =
        zip::kCentralSize + name_size + get16(zip, at + 30) + get16(zip, at + 32);
    if (end.offset - at < header_size) return damaged;
    entries.push_back(Entry{byte_at(zip, at + 5), get16(zip, at + 8), get16(zip, at + 10),
                            get32(zip, at + 16), get32(zip, at + 20), get32(zip, at + 24),
                            get32(zip, at + 38), get32(zip, at + 42),
                            zip.substr(at + zip::kCentralSize, name_size)});
    at += header_size;
  }
  if (at != end.offset) return damaged;
  return entries;
}

Result<void> check_readable(const Entry& entry) {
  constexpr std::uint16_t kEncrypted =
      zip::kFlagEncrypted | zip::kFlagStrongEncryption | zip::kFlagMaskedHeaders;
  if ((entry.flags & kEncrypted) != 0) return invalid("it is encrypted");
  if (entry.method != zip::kStored && entry.method != zip::kDeflated)
    return invalid(fmt::format("it is compressed by method {}; only store and deflate are read",
                               entry.method));
  if (entry.size == kSizeElsewhere || entry.compressed_size == kSizeElsewhere ||
      entry.offset == kSizeElsewhere) {
    return invalid("it is of the zip64 kind, which no package needs");
  }
  if (entry.method == zip::kStored && entry.size != entry.compressed_size)
    return invalid("its sizes differ although it is not compressed");
  return {};
}

/// Finds the data behind the entry's own header, which must say what the directory says.
Result<void> find_data(std::string_view zip, const End& end, Entry& entry) {
  const Error differs = invalid("its own header is not what the zip's directory says");
  const std::size_t room = end.directory_offset;
  if (entry.offset > room || room - entry.offset < zip::kLocalSize ||
      get32(zip, entry.offset) != zip::kLocalSignature) {
    return differs;
  }
  const std::size_t name_size = get16(zip, entry.offset + 26);
  const std::size_t header_size = zip::kLocalSize + name_size + get16(zip, entry.offset + 28);
  if (room - entry.offset < header_size ||
      room - entry.offset - header_size < entry.compressed_size) {
    return differs;
  }
  if (get16(zip, entry.offset + 6) != entry.flags || get16(zip, entry.offset + 8) != entry.method ||
      zip.substr(entry.offset + zip::kLocalSize, name_size) != entry.name) {
    return differs;
  }
  const bool sizes_follow = (entry.flags & zip::kFlagSizesFollow) != 0;
  if (!sizes_follow && (get32(zip, entry.offset + 14) != entry.crc ||
                        get32(zip, entry.offset + 18) != entry.compressed_size ||
                        get32(zip, entry.offset + 22) != entry.size)) {
    return differs;
  }
  entry.data = zip.substr(entry.offset + header_size, entry.compressed_size);
  return {};
}

/// Every byte before the directory belongs to exactly one entry: no room for overlapping entries,
/// hidden ones, or a program in front.
Result<void> check_no_gaps(std::string_view zip, const End& end,
                           const std::vector<Entry>& entries) {
  std::vector<const Entry*> by_offset;
  for (const Entry& entry : entries) by_offset.push_back(&entry);
  std::sort(by_offset.begin(), by_offset.end(),
            [](const Entry* a, const Entry* b) { return a->offset < b->offset; });
  std::size_t next = 0;
  for (std::size_t i = 0; i < by_offset.size(); ++i) {
    const Entry& entry = *by_offset[i];
    if (entry.offset != next)
      return invalid("entries overlap, or bytes between them belong to none");
    next = static_cast<std::size_t>(entry.data.data() - zip.data()) + entry.data.size();
    if ((entry.flags & zip::kFlagSizesFollow) == 0) continue;
    // CRC and two sizes of 4 or 8 bytes, with or without a signature before them.
    const std::size_t following =
        i + 1 < by_offset.size() ? by_offset[i + 1]->offset : end.directory_offset;
    const std::size_t gap = following - next;
    if (following >= next && (gap == 12 || gap == 16 || gap == 20 || gap == 24)) next = following;
  }
  if (next != end.directory_offset) return invalid("bytes before its directory belong to no entry");
  return {};
}

enum class EntryKind { file, folder };

Result<EntryKind> kind_of(const Entry& entry) {
  const bool has_mode = entry.made_by == zip::kMadeByUnix || entry.made_by == zip::kMadeByMac;
  const std::uint32_t type = has_mode ? (entry.attributes >> 16U) & S_IFMT : 0;
  const bool named_as_folder = entry.name.ends_with('/');
  if (type == S_IFLNK) return invalid("it is a symbolic link; put the file itself there");
  if (type != 0 && type != S_IFREG && type != S_IFDIR)
    return invalid("it is neither a file nor a folder");
  if ((type == S_IFDIR && !named_as_folder) || (type == S_IFREG && named_as_folder))
    return invalid("its name and its type differ on whether it is a folder");
  if (named_as_folder && (entry.size > 0 || entry.compressed_size > 2))
    return invalid("it is a folder with data");
  return named_as_folder ? EntryKind::folder : EntryKind::file;
}

FileMode mode_of(const Entry& entry) {
  const bool has_mode = entry.made_by == zip::kMadeByUnix || entry.made_by == zip::kMadeByMac;
  const bool runs = has_mode && ((entry.attributes >> 16U) & S_IXUSR) != 0;
  return runs ? FileMode::executable : FileMode::plain;
}

Result<void> take_entry(const Entry& entry, PathSet& paths, std::vector<ZipFile>& files) {
  std::string path(entry.name);
  const auto kind = kind_of(entry);
  if (!kind) return Error(kind.error()).while_doing(fmt::format("'{}'", printable_path(path)));
  if (*kind == EntryKind::folder) path.pop_back();
  if (auto checked = check_path(path); !checked) return checked;
  if (*kind == EntryKind::folder) return paths.add_folder(path);
  if (auto added = paths.add_file(path); !added) return added;
  files.push_back(ZipFile{std::move(path), mode_of(entry), entry.size, entry.crc,
                          entry.method == zip::kDeflated, entry.data});
  return {};
}

}  // namespace

Result<ZipReader> ZipReader::open(std::string_view zip) {
  const auto end = find_end(zip);
  if (!end) return end.error();
  auto entries = read_directory(zip, *end);
  if (!entries) return std::move(entries).error();
  std::uint64_t unpacked = 0;
  for (Entry& entry : *entries) {
    auto readable = check_readable(entry);
    if (readable) readable = find_data(zip, *end, entry);
    if (!readable)
      return std::move(readable).error().while_doing(
          fmt::format("'{}'", printable_path(entry.name)));
    unpacked += entry.size;
  }
  if (auto fits = check_unpacked_size(unpacked, zip.size()); !fits) return std::move(fits).error();
  if (auto checked = check_no_gaps(zip, *end, *entries); !checked)
    return std::move(checked).error();
  ZipReader reader;
  PathSet paths;
  for (const Entry& entry : *entries) {
    if (auto added = take_entry(entry, paths, reader.files_); !added)
      return std::move(added).error();
  }
  return reader;
}

Result<void> ZipReader::read(const ZipFile& file, const ByteSink& sink) {
  std::uint32_t crc = 0;
  const auto checked_sink = [&](std::string_view piece) {
    crc = crc32_of(crc, piece);
    return sink(piece);
  };
  auto done = file.is_deflated ? inflate_bytes(file.data, file.size, checked_sink)
                               : checked_sink(file.data);
  if (done && crc != file.crc) done = invalid("its checksum is wrong: the zip is damaged");
  if (!done) return std::move(done).error().while_doing(fmt::format("'{}'", file.path));
  return {};
}

}  // namespace cemli
