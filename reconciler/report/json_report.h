#pragma once

#include <string>

#include "state/base/address.h"
#include "state/recorded_state.h"

namespace cemli {

/// `state list --json`, one address a line. Pretty-printed with a final line break, as all here.
[[nodiscard]] std::string state_list_json(const RecordedState& recorded);
/// `status --json`: as `state list`, and what is known of the environment as a whole.
[[nodiscard]] std::string status_json(const RecordedState& recorded);
/// `state show ADDRESS --json`. Something must be recorded of the address.
[[nodiscard]] std::string state_show_json(const RecordedState& recorded, const Address& address);

}  // namespace cemli
