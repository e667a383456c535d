#pragma once

#include <optional>
#include <string>
#include <vector>

#include "state/base/error.h"
#include "state/store/store.h"

namespace cemli {

/// Something that cemli needs of a store, and whether this one does it.
struct StoreFinding {
  /// `read`, `list`, `create`, `create only if absent`, `tell ages`.
  std::string ability;
  /// Why it does not.
  std::optional<Error> problem;
};

/// How far a store is tried.
enum class Probing {
  reading,  ///< `read` and `list` alone: nothing is left behind
  all,
};

/// Tries what cemli needs of a store, with a new object of a few bytes below `store-check/`, which
/// stays: cemli deletes nothing. What depends on something that fails is not tried.
[[nodiscard]] std::vector<StoreFinding> probe_store(Store& store, Probing probing = Probing::all);

}  // namespace cemli
