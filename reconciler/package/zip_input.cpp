#include "reconciler/package/zip_input.h"

#include <zip.h>

#include <cerrno>
#include <memory>
#include <new>

namespace cemli {
namespace {

/// Where libzip is in what it reads.
struct ZipInput {
  ReadableBytes bytes;
  std::uint64_t place = 0;
  zip_error_t error{};
};

zip_int64_t failed(ZipInput& input, int code) {
  zip_error_set(&input.error, code, code == ZIP_ER_READ ? EIO : 0);
  return -1;
}

zip_int64_t tell_size(ZipInput& input, void* data, zip_uint64_t size) {
  if (size < sizeof(zip_stat_t)) return failed(input, ZIP_ER_INVAL);
  auto* stat = static_cast<zip_stat_t*>(data);
  zip_stat_init(stat);
  stat->size = size_of(input.bytes);
  stat->valid |= ZIP_STAT_SIZE;
  return sizeof(zip_stat_t);
}

zip_int64_t move_to(ZipInput& input, void* data, zip_uint64_t size) {
  const zip_int64_t place =
      zip_source_seek_compute_offset(input.place, size_of(input.bytes), data, size, &input.error);
  if (place < 0) return -1;
  input.place = static_cast<std::uint64_t>(place);
  return 0;
}

zip_int64_t read_next(ZipInput& input, void* data, zip_uint64_t size) {
  const auto got = read_into(input.bytes, input.place, static_cast<char*>(data), size);
  if (!got) return failed(input, ZIP_ER_READ);
  input.place += *got;
  return static_cast<zip_int64_t>(*got);
}

zip_int64_t serve(void* state, void* data, zip_uint64_t size, zip_source_cmd_t command) {
  auto& input = *static_cast<ZipInput*>(state);
  switch (command) {
    case ZIP_SOURCE_SUPPORTS:
      return zip_source_make_command_bitmap(
          ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
          ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
    case ZIP_SOURCE_OPEN:
      input.place = 0;
      return 0;
    case ZIP_SOURCE_READ:
      return read_next(input, data, size);
    case ZIP_SOURCE_CLOSE:
      return 0;
    case ZIP_SOURCE_STAT:
      return tell_size(input, data, size);
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data(&input.error, data, size);
    case ZIP_SOURCE_FREE: {
      const std::unique_ptr<ZipInput> owned(&input);
      zip_error_fini(&owned->error);
      return 0;
    }
    case ZIP_SOURCE_SEEK:
      return move_to(input, data, size);
    case ZIP_SOURCE_TELL:
      return static_cast<zip_int64_t>(input.place);
    default:
      return failed(input, ZIP_ER_OPNOTSUPP);
  }
}

}  // namespace

zip_source* make_zip_input(const ReadableBytes& bytes) {
  auto input = std::make_unique<ZipInput>(ZipInput{bytes});
  zip_error_init(&input->error);
  zip_source_t* source = zip_source_function_create(&serve, input.get(), nullptr);
  if (source == nullptr) throw std::bad_alloc();
  static_cast<void>(input.release());
  return source;
}

}  // namespace cemli
