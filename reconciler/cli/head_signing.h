#pragma once

#include <optional>

#include "reconciler/cli/options.h"
#include "state/anchor.h"
#include "state/base/result.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

namespace cemli {

/// Signs the head with the key that `CEMLI_SIGNING_KEY` names, and keeps it in the results store;
/// does nothing where no key is named.
[[nodiscard]] Result<void> sign_head(Store& results, const RecordedState& recorded);

/// The newest head that one of the signers of `HEAD` has signed; nothing where there is none, or
/// nobody's signature counts.
[[nodiscard]] Result<std::optional<Anchor>> find_signed_head(const GlobalOptions& global,
                                                             Store& results,
                                                             const std::string& environment);

}  // namespace cemli
