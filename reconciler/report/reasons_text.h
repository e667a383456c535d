#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reconciler/plan/action.h"
#include "state/base/address.h"

namespace cemli {

/// A reason (codes: `planner.h`) as a sentence without capital and final period. Foreign text in it
/// is printable. Where `reason_command` has a command, the sentence leads up to it.
[[nodiscard]] std::string reason_text(const Reason& reason);

/// The command that gets an action out of where this reason put it, if there is one.
[[nodiscard]] std::optional<std::string> reason_command(const Reason& reason,
                                                        const Address& address,
                                                        std::string_view environment);

}  // namespace cemli
