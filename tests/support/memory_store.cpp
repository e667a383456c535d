#include "tests/support/memory_store.h"

#include <unistd.h>

#include <cerrno>

#include "state/base/file.h"
#include "state/store/object_parts.h"

namespace cemli::test {

Result<std::optional<std::string>> MemoryStore::get(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  ++reads;
  const auto found = objects.find(key);
  if (found == objects.end()) return std::optional<std::string>();
  return std::optional(found->second);
}

Result<std::optional<AgedObject>> MemoryStore::get_aged(const std::string& key) {
  auto bytes = get(key);
  if (!bytes) return std::move(bytes).error();
  if (!*bytes) return std::optional<AgedObject>();
  return std::optional(AgedObject{**std::move(bytes), std::nullopt});
}

Result<std::optional<FetchedFile>> MemoryStore::get_to_file(const std::string& key, int fd) {
  auto bytes = get(key);
  if (!bytes) return std::move(bytes).error();
  if (!*bytes) return std::optional<FetchedFile>();
  if (::ftruncate(fd, 0) != 0 || ::lseek(fd, 0, SEEK_SET) != 0)
    return system_error(errno, "emptying a file");
  if (auto written = write_all(fd, **bytes); !written) return std::move(written).error();
  return std::optional(FetchedFile{(*bytes)->size(), Digest::of(**bytes)});
}

Result<Creation> MemoryStore::create(const NewObject& object) {
  auto bytes = read_at(object.bytes, 0, size_of(object.bytes));
  if (!bytes) return std::move(bytes).error();
  if (object.digest && Digest::of(*bytes) != *object.digest) return changed_meanwhile();
  const std::scoped_lock lock(mutex_);
  const bool is_new = objects.emplace(object.key, *std::move(bytes)).second;
  return is_new ? Creation::created : Creation::exists;
}

Result<std::vector<Creation>> MemoryStore::create_all(std::span<const NewObject> all) {
  std::vector<Creation> creations;
  for (const NewObject& object : all) {
    auto created = create(object);
    if (!created) return std::move(created).error();
    creations.push_back(*created);
  }
  return creations;
}

Result<std::pair<bool, bool>> MemoryStore::which_exist(const std::string& key,
                                                       const std::string& next_key) {
  const std::scoped_lock lock(mutex_);
  ++reads;
  return std::pair(objects.contains(key), objects.contains(next_key));
}

Result<std::vector<std::string>> MemoryStore::list(const std::string& prefix,
                                                   const std::string& from, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  ++reads;
  std::vector<std::string> keys;
  for (auto it = objects.lower_bound(std::max(prefix, from)); it != objects.end(); ++it) {
    if (!it->first.starts_with(prefix) || keys.size() == limit) break;
    keys.push_back(it->first);
  }
  return keys;
}

}  // namespace cemli::test
