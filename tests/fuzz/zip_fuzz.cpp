// A zip of unknown origin: read, and unpacked where nothing but it may appear.

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>

#include "reconciler/package/inflate.h"
#include "reconciler/package/package_archive.h"
#include "reconciler/package/zip_reader.h"
#include "state/base/file.h"
#include "tests/fuzz/promise.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using fuzz::promise;

/// Unpacking makes folders and files, and what is slow finds little.
fs::path scratch_parent() {
  const fs::path in_memory = "/dev/shm";
  return fs::is_directory(in_memory) ? in_memory : fs::temp_directory_path();
}

/// The files that can be read, with what is in them; absent where one cannot.
std::optional<std::vector<PackageFile>> listing_of(const ZipReader& reader) {
  std::vector<PackageFile> files;
  for (const ZipFile& file : reader.files()) {
    Sha256 digest;
    std::uint64_t size = 0;
    const auto done = reader.read(file, [&](std::string_view piece) {
      size += piece.size();
      promise(size <= file.size, "no file is longer than it says");
      digest.update(piece);
      return Result<void>();
    });
    if (!done) return std::nullopt;
    promise(size == file.size, "no file is shorter than it says");
    files.push_back({file.path, file.mode, digest.finish(), size});
  }
  return files;
}

void check_limits(const ZipReader& reader, std::string_view zip) {
  promise(reader.files().size() <= kMostPackageEntries, "there are not too many files");
  std::uint64_t unpacked = 0;
  for (const ZipFile& file : reader.files()) unpacked += file.size;
  promise(unpacked <= std::max(kAnyRatioUpTo, zip.size() * kLargestRatio),
          "what is unpacked is not too large");
}

/// The paths of the regular files below `folder`, which holds nothing but these and folders.
std::set<std::string> tree_of(const fs::path& folder) {
  std::set<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    promise(!entry.is_symlink() && (entry.is_regular_file() || entry.is_directory()),
            "only files and folders are unpacked");
    if (entry.is_regular_file()) paths.insert(entry.path().lexically_relative(folder).string());
  }
  return paths;
}

/// Unpacks into `outer/package/inner`, so that a path that leaves its folder is seen.
Result<Digest> unpack(std::string_view zip, const fs::path& outer, std::set<std::string>& tree) {
  const fs::path folder = outer / "package" / "inner";
  fs::create_directories(folder);
  auto content = unpack_archive(zip, folder);
  tree = tree_of(folder);
  fs::remove_all(folder);
  promise(fs::is_empty(outer / "package"), "nothing is written beside the folder");
  fs::remove(outer / "package");
  promise(fs::is_empty(outer), "nothing is written above the folder");
  return content;
}

void check_unpacking(const ZipReader* reader, std::string_view zip) {
  static const auto outer = TemporaryFolder::make(scratch_parent(), "cemli-zip-fuzz-");
  promise(outer.has_value(), "there is a folder to unpack to");
  std::set<std::string> tree;
  const auto content = unpack(zip, outer->path(), tree);
  if (reader == nullptr) {
    promise(!content && tree.empty(), "of a zip that is refused nothing is written");
    return;
  }
  std::set<std::string> paths;
  for (const ZipFile& file : reader->files()) {
    promise(check_path(file.path).has_value(), "a path is one of a package");
    promise(paths.insert(file.path).second, "no path stands there twice");
  }
  promise(std::includes(paths.begin(), paths.end(), tree.begin(), tree.end()),
          "no file is unpacked that the zip does not list");
  const auto listing = listing_of(*reader);
  promise(content.has_value() == listing.has_value(), "what can be read is unpacked");
  if (!content) return;
  promise(tree == paths, "every file is unpacked");
  promise(*content == content_digest(*listing), "what is unpacked is what is read");
  if (const auto package = read_archive(zip))
    promise(package->content == *content, "what is unpacked is what was judged");
}

void check(std::string_view zip) {
  const auto reader = ZipReader::open(zip);
  if (reader) {
    check_limits(*reader, zip);
  } else {
    promise(reader.error().code() == ErrorCode::invalid_input, "a wrong zip is invalid input");
    promise(!read_archive(zip), "a zip that is refused is no package");
  }
  check_unpacking(reader ? &*reader : nullptr, zip);
}

/// Bytes of a zip that may be changed.
struct Bytes {
  std::uint8_t* data;
  std::size_t size;

  [[nodiscard]] bool has(std::size_t at, std::string_view signature, std::size_t length) const {
    return at <= size && length <= size - at &&
           std::memcmp(data + at, signature.data(), signature.size()) == 0;
  }
  [[nodiscard]] std::uint32_t get(std::size_t at, unsigned length) const {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < length; ++i) value |= std::uint32_t{data[at + i]} << (8 * i);
    return value;
  }
  void put32(std::size_t at, std::uint32_t value) const {
    for (unsigned i = 0; i < 4; ++i) data[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
};

/// Makes the directory say of each entry what the entry's own header says, and of stored data what
/// its checksum is: of changes at random hardly any would get past these comparisons.
void agree(Bytes zip) {
  constexpr std::size_t kLocalSize = 30;
  constexpr std::size_t kCentralSize = 46;
  for (std::size_t at = 0; at + kCentralSize <= zip.size; ++at) {
    if (!zip.has(at, "PK\1\2", kCentralSize)) continue;
    const std::size_t local = zip.get(at + 42, 4);
    if (!zip.has(local, "PK\3\4", kLocalSize)) continue;
    const bool is_stored = zip.get(local + 8, 2) == 0;
    const std::size_t name_size = zip.get(local + 26, 2);
    const std::size_t data = local + kLocalSize + name_size + zip.get(local + 28, 2);
    const std::size_t data_size = zip.get(local + 18, 4);
    if (is_stored && data <= zip.size && data_size <= zip.size - data) {
      zip.put32(local + 14, crc32_of(0, fuzz::text_of(zip.data + data, data_size)));
      zip.put32(local + 22, static_cast<std::uint32_t>(data_size));
    }
    // From the version that is needed to the name's length, and the name.
    std::memmove(zip.data + at + 6, zip.data + local + 4, 24);
    if (local + kLocalSize + name_size <= zip.size && at + kCentralSize + name_size <= zip.size)
      std::memmove(zip.data + at + kCentralSize, zip.data + local + kLocalSize, name_size);
  }
}

}  // namespace
}  // namespace cemli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cemli::check(cemli::fuzz::text_of(data, size));
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  const std::size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  constexpr unsigned kOneIn = 4;
  if (std::minstd_rand(seed)() % kOneIn != 0) cemli::agree({data, mutated});
  return mutated;
}
