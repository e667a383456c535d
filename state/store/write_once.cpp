#include "state/store/write_once.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace cemli {

Result<void> write_once(Store& store, std::span<const NewObject> objects) {
  if (objects.empty()) return {};
  auto creations = store.create_all(objects);
  if (!creations) return std::move(creations).error();
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if ((*creations)[i] == Creation::created) continue;
    auto there = store.get(objects[i].key);
    if (!there) return std::move(there).error();
    auto mine = digest_of(objects[i].bytes);
    if (!mine) return std::move(mine).error();
    if (!*there || Digest::of(**there) != *mine) {
      return Error(ErrorCode::conflict,
                   fmt::format("'{}' is there with other bytes", objects[i].key));
    }
  }
  return {};
}

Result<void> write_once(Store& store, const std::string& key, const std::string& bytes) {
  const std::array one{NewObject{key, bytes}};
  return write_once(store, one);
}

}  // namespace cemli
