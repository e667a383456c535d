#pragma once

#include "reconciler/plan/plan.h"
#include "state/base/result.h"

namespace cemli {

/// Leaves of a plan what its `selection` (to be set before) asks for. A name without an instance
/// means all instances of a package that has them.
///
/// Targets take along what they depend on (and, where they are removed, what depends on them);
/// what is excluded takes out what would have to wait for it. `usage` where a name is neither
/// desired nor recorded, or where nothing is left.
[[nodiscard]] Result<void> narrow(Plan& plan);

}  // namespace cemli
