#include "state/store/object_parts.h"

#include <algorithm>
#include <utility>

namespace cemli {
namespace {

ReadableBytes slice_of(const ReadableBytes& bytes, std::uint64_t at, std::uint64_t size) {
  if (const auto* range = std::get_if<FileRange>(&bytes))
    return FileRange{range->fd, range->offset + at, size};
  return std::get<std::string_view>(bytes).substr(at, size);
}

/// `whole` is null where the part is all of it.
Result<ObjectPart> sum_up(const ReadableBytes& bytes, Sha256* whole) {
  Md5 md5;
  Sha256 sha256;
  auto read = read_all(bytes, [&](std::string_view piece) {
    if (whole != nullptr) whole->update(piece);
    sha256.update(piece);
    md5.update(piece);
    return Result<void>();
  });
  if (!read) return std::move(read).error();
  return ObjectPart{bytes, sha256.finish(), md5.finish()};
}

}  // namespace

Result<ObjectParts> cut_into_parts(const NewObject& object, std::uint64_t part_size) {
  const std::uint64_t size = size_of(object.bytes);
  const bool is_one_part = size <= part_size;
  Sha256 whole;
  std::vector<ObjectPart> parts;
  std::uint64_t at = 0;
  do {
    const std::uint64_t due = std::min(part_size, size - at);
    auto part = sum_up(slice_of(object.bytes, at, due), is_one_part ? nullptr : &whole);
    if (!part) return std::move(part).error();
    parts.push_back(*std::move(part));
    at += due;
  } while (at < size);
  const Digest digest = is_one_part ? parts.front().sha256 : whole.finish();
  if (object.digest && digest != *object.digest) return changed_meanwhile();
  return ObjectParts{digest, std::move(parts)};
}

Error changed_meanwhile() {
  return {ErrorCode::conflict, "the file has changed since it was looked at"};
}

}  // namespace cemli
