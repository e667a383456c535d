#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "state/base/result.h"
#include "state/store/store.h"

namespace cemli {

enum class KeyWalk { go_on, stop };

/// Shows the keys under `prefix` in order, listed `page` at a time: for who may have seen enough
/// long before their end.
[[nodiscard]] Result<void> walk_keys(
    Store& store, const std::string& prefix, std::size_t page,
    const std::function<Result<KeyWalk>(const std::string&)>& look);

}  // namespace cemli
