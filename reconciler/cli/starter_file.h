#pragma once

#include <optional>
#include <string>

#include "state/base/result.h"
#include "state/store/store_address.h"

namespace cemli {

/// The three stores below one address, with its options: `…/packages`, `…/results`, `…/state`.
[[nodiscard]] StoreAddress address_below(const StoreAddress& address, const std::string& name);

/// An environment file to start from (`docs/environment-format.md`): it is valid as it is, desires
/// nothing yet, and its comments say what can stand there. Without `store` it has embedded stores.
[[nodiscard]] std::string starter_file(const std::string& environment,
                                       const std::optional<StoreAddress>& store);

}  // namespace cemli
