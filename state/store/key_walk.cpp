#include "state/store/key_walk.h"

#include <utility>
#include <vector>

namespace cemli {

Result<void> walk_keys(Store& store, const std::string& prefix, std::size_t page,
                       const std::function<Result<KeyWalk>(const std::string&)>& look) {
  std::string from = prefix;
  for (;;) {
    auto keys = store.list(prefix, from, page);
    if (!keys) return std::move(keys).error();
    for (const std::string& key : *keys) {
      auto enough = look(key);
      if (!enough) return std::move(enough).error();
      if (*enough == KeyWalk::stop) return {};
    }
    if (keys->size() < page) return {};
    // It sorts before all that keys are made of.
    from = keys->back() + '!';
  }
}

}  // namespace cemli
