#include "state/store/directory_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

#include "state/base/crash_point.h"
#include "state/base/file.h"
#include "state/store/object_parts.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// From this many objects on one `syncfs` costs less than syncing each file and folder.
constexpr std::size_t kSyncWholeFileSystemFrom = 4;

nanoseconds modification_time(const struct stat& status) {
  return std::chrono::seconds(status.st_mtim.tv_sec) + nanoseconds(status.st_mtim.tv_nsec);
}

/// Writes an object's bytes to a descriptor, and looks whether they are still the ones that were
/// looked at.
std::function<Result<void>(int fd)> writer_of(const NewObject& object) {
  return [&object](int fd) -> Result<void> {
    if (!object.digest) {
      return read_all(object.bytes, [fd](std::string_view piece) { return write_all(fd, piece); });
    }
    Sha256 digest;
    auto copied = read_all(object.bytes, [&](std::string_view piece) {
      digest.update(piece);
      return write_all(fd, piece);
    });
    if (copied && digest.finish() != *object.digest) return changed_meanwhile();
    return copied;
  };
}

/// Makes `to` hold what `from` does.
Result<FetchedFile> copy_to_file(int from, int to) {
  auto range = whole_file(from);
  if (!range) return std::move(range).error();
  if (::ftruncate(to, 0) != 0 || ::lseek(to, 0, SEEK_SET) != 0)
    return system_error(errno, "emptying the file for an object");
  Sha256 digest;
  auto copied = read_all(*range, [&](std::string_view piece) {
    digest.update(piece);
    return write_all(to, piece);
  });
  if (!copied) return std::move(copied).error();
  return FetchedFile{range->size, digest.finish()};
}

class DirectoryStore final : public Store {
 public:
  explicit DirectoryStore(fs::path root) : root_(std::move(root)) {}

  Result<std::optional<std::string>> get(const std::string& key) override {
    auto bytes = read_file(root_ / key);
    if (bytes) return std::optional(*std::move(bytes));
    if (bytes.error().code() != ErrorCode::not_found) return std::move(bytes).error();
    if (auto usable = check_root(); !usable) return std::move(usable).error();
    return std::optional<std::string>();
  }

  Result<std::optional<FetchedFile>> get_to_file(const std::string& key, int fd) override {
    auto object = open_file(root_ / key);
    if (!object) {
      if (object.error().code() != ErrorCode::not_found) return std::move(object).error();
      if (auto usable = check_root(); !usable) return std::move(usable).error();
      return std::optional<FetchedFile>();
    }
    auto fetched = copy_to_file(object->get(), fd);
    if (!fetched) return std::move(fetched).error().while_doing(fmt::format("reading '{}'", key));
    return std::optional(*std::move(fetched));
  }

  Result<std::optional<AgedObject>> get_aged(const std::string& key) override {
    auto bytes = get(key);
    if (!bytes) return std::move(bytes).error();
    if (!*bytes) return std::optional<AgedObject>();
    auto age = age_of(root_ / key);
    if (!age) return std::move(age).error();
    return std::optional(AgedObject{**std::move(bytes), *age});
  }

  Result<Creation> create(const NewObject& object) override {
    auto created = create_file(root_ / object.key, writer_of(object), Durability::synced);
    if (created) return Creation::created;
    if (created.error().code() != ErrorCode::conflict) return std::move(created).error();
    // Or the file has changed.
    auto there = exists(root_ / object.key);
    if (!there) return std::move(there).error();
    if (!*there) return std::move(created).error();
    // It may have been linked a moment ago, by a call that has not synced it or whose sync failed.
    if (auto synced = sync_folder((root_ / object.key).parent_path()); !synced)
      return std::move(synced).error();
    return Creation::exists;
  }

  Result<std::vector<Creation>> create_all(std::span<const NewObject> objects) override {
    std::vector<Creation> creations;
    if (objects.size() >= kSyncWholeFileSystemFrom) return create_group(objects);
    for (const NewObject& object : objects) {
      auto created = create(object);
      if (!created) return std::move(created).error();
      creations.push_back(*created);
    }
    return creations;
  }

  Result<std::pair<bool, bool>> which_exist(const std::string& key,
                                            const std::string& next_key) override {
    auto first = exists(root_ / key);
    if (!first) return std::move(first).error();
    auto second = exists(root_ / next_key);
    if (!second) return std::move(second).error();
    return std::pair(*first, *second);
  }

  Result<std::vector<std::string>> list(const std::string& prefix, const std::string& from,
                                        std::size_t limit) override {
    std::vector<std::string> keys;
    if (auto listed = collect(prefix, from, keys); !listed) return std::move(listed).error();
    const std::size_t wanted = std::min(limit, keys.size());
    const auto middle = keys.begin() + static_cast<std::ptrdiff_t>(wanted);
    std::partial_sort(keys.begin(), middle, keys.end());
    keys.erase(middle, keys.end());
    return keys;
  }

  std::string address() const override { return "file:" + root_.string(); }

 private:
  [[nodiscard]] Result<bool> exists(const fs::path& path) const {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno != ENOENT && errno != ENOTDIR)
      return system_error(errno, fmt::format("looking for '{}'", path.string()));
    if (auto usable = check_root(); !usable) return std::move(usable).error();
    return false;
  }

  /// Where something else stands in the store's place, nobody knows what it holds; only a store
  /// that nobody has made yet holds nothing.
  [[nodiscard]] Result<void> check_root() const {
    struct stat status {};
    if (::stat(root_.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return {};
    return Error(ErrorCode::unavailable,
                 fmt::format("the store '{}' is not a folder", root_.string()));
  }

  /// The file system's clock may be another machine's, so "now" is the time it gives a file that is
  /// made now.
  static Result<milliseconds> age_of(const fs::path& path) {
    const fs::path probe = path.parent_path() / fmt::format(".now.{}", random_hex(6));
    struct stat now {};
    {
      const UniqueFd fd(::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
      if (!fd.is_open()) return system_error(errno, fmt::format("creating '{}'", probe.string()));
      const bool known = write_all(fd.get(), "now") && ::fstat(fd.get(), &now) == 0;
      ::unlink(probe.c_str());
      if (!known)
        return system_error(errno, fmt::format("asking '{}' for the time", probe.string()));
    }
    struct stat then {};
    if (::stat(path.c_str(), &then) != 0)
      return system_error(errno, fmt::format("looking at '{}'", path.string()));
    return std::chrono::duration_cast<milliseconds>(modification_time(now) -
                                                    modification_time(then));
  }

  Result<void> sync_file_system() const {
    const UniqueFd fd(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open() || ::syncfs(fd.get()) != 0)
      return system_error(errno, fmt::format("syncing '{}'", root_.string()));
    return {};
  }

  /// All temporary files, one sync, all links, one sync: a link never becomes durable before the
  /// bytes it names.
  Result<std::vector<Creation>> create_group(std::span<const NewObject> objects) {
    std::vector<fs::path> temporaries;
    auto outcome = link_group(objects, temporaries);
    for (const fs::path& temporary : temporaries) ::unlink(temporary.c_str());
    return outcome;
  }

  Result<std::vector<Creation>> link_group(std::span<const NewObject> objects,
                                           std::vector<fs::path>& temporaries) {
    const std::string unique = random_hex(6);
    for (const NewObject& object : objects) {
      const fs::path path = root_ / object.key;
      if (auto made = make_folders(path.parent_path(), Durability::relaxed); !made)
        return std::move(made).error();
      temporaries.push_back(path.parent_path() /
                            fmt::format(".{}.{}", path.filename().string(), unique));
      if (auto written = write_scratch_file(temporaries.back(), writer_of(object), 0644); !written)
        return std::move(written).error();
    }
    if (auto synced = sync_file_system(); !synced) return std::move(synced).error();
    std::vector<Creation> creations;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      crash_point();
      const fs::path path = root_ / objects[i].key;
      const bool linked = ::link(temporaries[i].c_str(), path.c_str()) == 0;
      if (!linked && errno != EEXIST)
        return system_error(errno, fmt::format("creating '{}'", path.string()));
      creations.push_back(linked ? Creation::created : Creation::exists);
    }
    crash_point();
    if (auto synced = sync_file_system(); !synced) return std::move(synced).error();
    return creations;
  }

  Result<void> collect(const std::string& prefix, const std::string& from,
                       std::vector<std::string>& keys) const {
    std::error_code error;
    fs::recursive_directory_iterator it(root_ / prefix, error);
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
      return check_root();
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      if (it->path().filename().native().starts_with('.')) {
        it.disable_recursion_pending();
        continue;
      }
      if (it->is_directory(error)) continue;
      std::string key = it->path().native().substr(root_.native().size() + 1);
      if (key >= from) keys.push_back(std::move(key));
    }
    if (error)
      return system_error(error.value(), fmt::format("listing '{}'", (root_ / prefix).string()));
    return {};
  }

  fs::path root_;
};

}  // namespace

std::unique_ptr<Store> make_directory_store(fs::path root) {
  // Its address names it in caches, so it must not depend on the folder one stands in. A trailing
  // slash would make keys start one byte too late.
  root = fs::absolute(root).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();
  return std::make_unique<DirectoryStore>(std::move(root));
}

}  // namespace cemli
