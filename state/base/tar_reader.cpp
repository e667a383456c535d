#include "state/base/tar_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace cemli {
namespace {

constexpr std::size_t kBlock = 512;
/// A file's bytes are asked for in parts, so that a size that is a lie costs no memory.
constexpr std::uint64_t kPart = 1024UL * 1024;

bool is_blank(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// A field of a header: where it begins, and its bytes.
struct HeaderField {
  std::size_t offset;
  std::size_t size;

  [[nodiscard]] std::string_view in(std::string_view header) const {
    return header.substr(offset, size);
  }
};

constexpr HeaderField kNameField{0, 100};
constexpr HeaderField kSizeField{124, 12};
constexpr HeaderField kChecksumField{148, 8};
constexpr HeaderField kTypeField{156, 1};
constexpr HeaderField kMagicField{257, 8};
constexpr HeaderField kPrefixField{345, 155};

/// The text before the first NUL.
std::string_view text_in(std::string_view field) {
  return field.substr(0, field.find('\0'));
}

/// A number in octal digits; nothing where anything else is there.
std::optional<std::uint64_t> octal(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

/// The sum of all bytes, those of the sum itself counted as blanks, in the one form in which it is
/// written: so any one byte that is altered is seen.
bool sum_is_right(std::string_view header) {
  const std::string_view field = kChecksumField.in(header);
  const auto stated = octal(field.substr(0, 6));
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool is_own =
        i >= kChecksumField.offset && i < kChecksumField.offset + kChecksumField.size;
    sum += is_own ? std::uint64_t{' '} : static_cast<unsigned char>(header[i]);
  }
  return stated == sum && field.substr(6) == std::string_view("\0 ", 2);
}

std::uint64_t padding_after(std::uint64_t size) {
  return (kBlock - size % kBlock) % kBlock;
}

}  // namespace

Error TarReader::broken(std::string_view what) const {
  return {ErrorCode::corrupt, fmt::format("{} (at byte {} of the archive)", what, read_)};
}

/// Fewer only at the end of what there is.
Result<std::string> TarReader::read_up_to(std::uint64_t bytes) {
  std::string read;
  while (read.size() < bytes) {
    const std::size_t begin = read.size();
    read.resize(begin + static_cast<std::size_t>(std::min(bytes - begin, kPart)));
    const ssize_t n = ::read(fd_, read.data() + begin, read.size() - begin);
    if (n < 0 && errno != EINTR) return system_error(errno, "reading the archive");
    read.resize(begin + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0) break;
  }
  read_ += read.size();
  return read;
}

/// Blocks of zeros: one was read, at least one more follows, and nothing else does.
Result<void> TarReader::read_end() {
  std::uint64_t zeros = 0;
  for (;;) {
    auto rest = read_up_to(kPart);
    if (!rest) return std::move(rest).error();
    if (!is_blank(*rest)) return broken("something follows its end");
    zeros += rest->size();
    if (rest->size() < kPart) break;
  }
  if (zeros < kBlock || zeros % kBlock != 0) return broken("it ends too early");
  return {};
}

Result<std::optional<TarFile>> TarReader::next() {
  auto header = read_up_to(kBlock);
  if (!header) return std::move(header).error();
  if (header->size() < kBlock) return broken(read_ == 0 ? "it is empty" : "it ends too early");
  if (is_blank(*header)) {
    if (auto ended = read_end(); !ended) return std::move(ended).error();
    return std::optional<TarFile>();
  }
  if (kMagicField.in(*header) != std::string_view("ustar\00000", 8))
    return broken("not a tar archive of the kind that cemli writes");
  if (!sum_is_right(*header)) return broken("a header is altered");
  // A size of all the field's bytes has no NUL behind it.
  const auto size = octal(text_in(kSizeField.in(*header).substr(0, 11)));
  if (kTypeField.in(*header) != "0" || !size)
    return broken("it holds something that is not a file");
  TarFile file{std::string(text_in(kNameField.in(*header))), {}};
  if (const auto prefix = text_in(kPrefixField.in(*header)); !prefix.empty())
    file.path = fmt::format("{}/{}", prefix, file.path);
  auto bytes = read_up_to(*size);
  if (!bytes) return std::move(bytes).error();
  auto padding = read_up_to(padding_after(*size));
  if (!padding) return std::move(padding).error();
  if (bytes->size() < *size || padding->size() < padding_after(*size))
    return broken(fmt::format("it ends within '{}'", file.path));
  if (!is_blank(*padding)) return broken(fmt::format("it is altered behind '{}'", file.path));
  file.bytes = *std::move(bytes);
  return std::optional(std::move(file));
}

}  // namespace cemli
