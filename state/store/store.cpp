#include "state/store/store.h"

#include <utility>

namespace cemli {

Result<std::vector<std::optional<std::string>>> Store::get_all(std::span<const std::string> keys) {
  std::vector<std::optional<std::string>> all;
  for (const std::string& key : keys) {
    auto object = get(key);
    if (!object) return std::move(object).error();
    all.push_back(*std::move(object));
  }
  return all;
}

}  // namespace cemli
