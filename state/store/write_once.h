#pragma once

#include <span>
#include <string>

#include "state/base/result.h"
#include "state/store/store.h"

namespace cemli {

/// Creates objects, durable together when the call returns. One that is there with the same bytes
/// is success, so that a lost answer is no harm; with others, `conflict`.
[[nodiscard]] Result<void> write_once(Store& store, std::span<const NewObject> objects);
/// The same of one object.
[[nodiscard]] Result<void> write_once(Store& store, const std::string& key,
                                      const std::string& bytes);

}  // namespace cemli
