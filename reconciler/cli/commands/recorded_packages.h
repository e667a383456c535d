#pragma once

#include "reconciler/cli/commands/planning.h"
#include "reconciler/desired/desired_state.h"
#include "reconciler/package/package_store.h"
#include "state/recorded_state.h"

namespace cemli {

/// The package that was run last (with success, where there was one) as `record` has it, from the
/// packages store. `not_found` where that version is not there any more, or has other content.
[[nodiscard]] Result<DesiredPackage> find_recorded(PackageStore& store,
                                                   const AddressRecord& record);

/// Finds, for each removal, the package as it was recorded last. An error names what is not in the
/// packages store any more.
[[nodiscard]] Result<void> find_removed(EnvironmentContext& context, Planning& planning);

}  // namespace cemli
