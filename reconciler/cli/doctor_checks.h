#pragma once

#include <string>
#include <vector>

#include "reconciler/cli/options.h"
#include "reconciler/report/doctor_text.h"
#include "state/store/store_address.h"
#include "state/store/store_surroundings.h"

/// What `cemli doctor` looks at beside the stores themselves. Changes nothing.
namespace cemli {

/// cemli, `git` and `ssh-keygen`.
[[nodiscard]] std::vector<Check> check_programs(const GlobalOptions& options);

/// Whether it is wrong that there is no credential: where no store asks for it, it is not.
enum class Missing { is_wrong, is_noted };

/// Which credential an address in a bucket leads to, and as whom it asks; nothing of a folder's.
[[nodiscard]] std::vector<Check> check_credential(const StoreAddress& address, Missing missing,
                                                  const StoreSurroundings& surroundings);

}  // namespace cemli
