#pragma once

#include <chrono>
#include <optional>

#include "state/base/result.h"
#include "state/store/store_address.h"
#include "state/store/store_surroundings.h"

namespace cemli {

/// By how much this machine's clock is ahead of that of the service behind the address, to the
/// second; negative where it is behind. Nothing where there is no service, or it does not say.
/// Sends one request without a credential, whose answer may be a refusal; `unavailable` where none
/// comes.
[[nodiscard]] Result<std::optional<std::chrono::seconds>> ask_clock_lead(
    const StoreAddress& address, const StoreSurroundings& surroundings);

/// How far apart the clocks may be before the service refuses what is signed: five minutes in OCI,
/// fifteen with S3.
[[nodiscard]] std::chrono::seconds accepted_clock_lead(const StoreAddress& address);

}  // namespace cemli
