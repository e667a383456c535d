#include "state/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "state/base/crash_point.h"

namespace cemli {

namespace fs = std::filesystem;

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void UniqueFd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

namespace {

Error failed(std::string_view verb, const fs::path& path) {
  return system_error(errno, fmt::format("{} '{}'", verb, path.string()));
}

fs::path temporary_name_beside(const fs::path& path) {
  return path.parent_path() / fmt::format(".{}.{}", path.filename().string(), random_hex(6));
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// A temporary file that is unlinked unless it was renamed away.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  void renamed() { path_.clear(); }

 private:
  fs::path path_;
};

using Fill = std::function<Result<void>(int fd)>;

Result<void> write_temporary(const fs::path& path, const Fill& fill, Durability durability) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.is_open()) return failed("creating", path);
  if (auto written = fill(fd.get()); !written)
    return std::move(written).error().while_doing(fmt::format("writing '{}'", path.string()));
  if (durability == Durability::synced && ::fsync(fd.get()) != 0) return failed("syncing", path);
  return {};
}

Fill bytes_of(std::string_view bytes) {
  return [bytes](int fd) { return write_all(fd, bytes); };
}

Result<void> replace_with(const fs::path& path, const Fill& fill, Durability durability) {
  TemporaryFile temporary(temporary_name_beside(path));
  if (auto written = write_temporary(temporary.path(), fill, durability); !written) return written;
  crash_point();
  if (::rename(temporary.path().c_str(), path.c_str()) != 0) return failed("replacing", path);
  temporary.renamed();
  crash_point();
  if (durability == Durability::synced) return sync_folder(folder_of(path));
  return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path) {
  const auto fd = open_file(path);
  if (!fd) return fd.error();
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) return failed("reading", path);
  std::string bytes;
  bytes.resize(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t size = 0;
  for (;;) {
    const ssize_t n = ::read(fd->get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("reading", path);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
    if (size == bytes.size()) bytes.resize(bytes.size() * 2);
  }
  bytes.resize(size);
  return bytes;
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> create_file(const fs::path& path, std::string_view bytes, Durability durability) {
  return create_file(path, bytes_of(bytes), durability);
}

Result<void> create_file(const fs::path& path, const Fill& fill, Durability durability) {
  if (auto made = make_folders(folder_of(path), durability); !made) return made;
  const TemporaryFile temporary(temporary_name_beside(path));
  if (auto written = write_temporary(temporary.path(), fill, durability); !written) return written;
  crash_point();
  if (::link(temporary.path().c_str(), path.c_str()) != 0) {
    if (errno == EEXIST)
      return Error(ErrorCode::conflict, fmt::format("'{}' exists already", path.string()));
    return failed("creating", path);
  }
  crash_point();
  if (durability == Durability::synced) return sync_folder(folder_of(path));
  return {};
}

Result<void> replace_file(const fs::path& path, std::string_view bytes, Durability durability) {
  if (auto made = make_folders(folder_of(path), durability); !made) return made;
  return replace_with(path, bytes_of(bytes), durability);
}

Result<void> write_named_file(const fs::path& path, std::string_view bytes) {
  return write_named_file(path, bytes_of(bytes));
}

Result<void> write_named_file(const fs::path& path, const Fill& fill) {
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.is_open()) return failed("writing", path);
    auto written = fill(fd.get());
    if (written) return {};
    return std::move(written).error().while_doing(fmt::format("writing '{}'", path.string()));
  }
  std::error_code error;
  const fs::path target = exists ? fs::canonical(path, error) : path;
  if (error) return failed("writing", path);
  if (::access(folder_of(target).c_str(), F_OK) != 0) return failed("writing", path);
  return replace_with(target, fill, Durability::synced);
}

Result<void> write_scratch_file(const fs::path& path, std::string_view bytes, unsigned mode) {
  return write_scratch_file(path, bytes_of(bytes), mode);
}

Result<void> write_scratch_file(const fs::path& path, const Fill& fill, unsigned mode) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                           static_cast<mode_t>(mode)));
  if (!fd.is_open()) return failed("creating", path);
  if (auto written = fill(fd.get()); !written)
    return std::move(written).error().while_doing(fmt::format("writing '{}'", path.string()));
  return {};
}

Result<UniqueFd> make_nameless_file(const fs::path& folder) {
  const int flags = O_RDWR | O_CLOEXEC;
  UniqueFd nameless(::open(folder.c_str(), flags | O_TMPFILE, 0600));
  if (nameless.is_open()) return nameless;
  // Not every file system can do without a name.
  const TemporaryFile named(folder / fmt::format(".cemli-{}", random_hex(8)));
  UniqueFd fd(::open(named.path().c_str(), flags | O_CREAT | O_EXCL, 0600));
  if (!fd.is_open()) return failed("creating", named.path());
  return fd;
}

Result<UniqueFd> open_file(const fs::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return failed("reading", path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failed("reading", path);
  if (S_ISDIR(status.st_mode))
    return Error(ErrorCode::not_found, fmt::format("reading '{}': it is a folder", path.string()));
  return fd;
}

fs::path temporary_root() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

Result<void> sync_folder(const fs::path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return failed("opening", folder);
  if (::fsync(fd.get()) != 0) return failed("syncing", folder);
  return {};
}

Result<void> make_folders(const fs::path& folder, Durability durability) {
  std::vector<fs::path> missing;
  for (fs::path at = folder; !at.empty() && ::access(at.c_str(), F_OK) != 0; at = at.parent_path())
    missing.push_back(at);
  while (!missing.empty()) {
    const fs::path& next = missing.back();
    if (::mkdir(next.c_str(), 0755) != 0 && errno != EEXIST) return failed("making folder", next);
    if (durability == Durability::synced) {
      if (auto synced = sync_folder(folder_of(next)); !synced) return synced;
    }
    missing.pop_back();
  }
  return {};
}

Result<std::vector<std::string>> regular_files_in(const fs::path& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;  // of a link to nothing
    if (it->is_regular_file(ignored))
      paths.push_back(it->path().native().substr(folder.native().size() + 1));
  }
  if (error) return system_error(error.value(), fmt::format("reading '{}'", folder.string()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return {};
  // A step may have left folders that even their owner cannot write to.
  std::error_code ignored;
  fs::permissions(path, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (fs::recursive_directory_iterator it(path, ignored), end; it != end; it.increment(ignored)) {
    if (it->is_directory(ignored) && !it->is_symlink(ignored))
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  }
  fs::remove_all(path, error);
  if (error) return system_error(error.value(), fmt::format("removing '{}'", path.string()));
  return {};
}

Result<TemporaryFolder> TemporaryFolder::make(const fs::path& parent, std::string_view prefix) {
  const fs::path path = parent / fmt::format("{}{}", prefix, random_hex(6));
  if (::mkdir(path.c_str(), 0700) != 0) return failed("making folder", path);
  return TemporaryFolder(path);
}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryFolder::~TemporaryFolder() {
  // What cannot be removed stays behind: there is nobody left to tell.
  if (!path_.empty()) static_cast<void>(remove_tree(path_));
}

std::string random_hex(std::size_t bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::vector<unsigned char> random(bytes);
  if (RAND_bytes(random.data(), static_cast<int>(bytes)) != 1) std::abort();
  std::string text;
  for (const unsigned char byte : random) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace cemli
