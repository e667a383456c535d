#pragma once

#include <optional>

#include "reconciler/cli/wiring.h"
#include "state/anchor.h"
#include "state/base/result.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

namespace cemli {

/// Signs the head with the key that `CEMLI_HEAD_KEY` names, without ever asking for a passphrase,
/// and keeps it in the results store; does nothing where no key is named.
[[nodiscard]] Result<void> sign_head(Store& results, const RecordedState& recorded);

/// The newest head that one of the signers of the context's commit has signed, as of when it says
/// that it was; nothing where there is none among the newest twenty, or nobody's signature counts.
[[nodiscard]] Result<std::optional<Anchor>> find_signed_head(const EnvironmentContext& context);

}  // namespace cemli
