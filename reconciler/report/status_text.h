#pragma once

#include <optional>
#include <string>

#include "reconciler/report/terminal.h"
#include "state/base/address.h"
#include "state/recorded_state.h"

namespace cemli {

/// `status`: the environment as a whole, then each address that something is recorded of.
[[nodiscard]] std::string status_text(const RecordedState& recorded, const TextStyle& style);
/// `state list`: the table of addresses.
[[nodiscard]] std::string state_list_text(const RecordedState& recorded, const TextStyle& style);
/// `state show ADDRESS`: all that is recorded of one address.
[[nodiscard]] std::string state_show_text(const Address& address, const AddressRecord& record,
                                          const std::string& environment, const TextStyle& style);

[[nodiscard]] Paint paint_of(Status status);

/// Whether lists show the address: not one that was forgotten or never started, unless it is held.
[[nodiscard]] bool is_listed(const AddressRecord& record);
/// The version an address's status speaks of: the last success's, or the one that was tried since.
/// Empty where nothing was ever tried.
[[nodiscard]] std::string version_of(const AddressRecord& record);
/// Since when its status holds.
[[nodiscard]] std::optional<Timestamp> since_of(const AddressRecord& record);
/// The run its status comes from.
[[nodiscard]] std::optional<RunId> run_of(const AddressRecord& record);

}  // namespace cemli
