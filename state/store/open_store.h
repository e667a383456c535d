#pragma once

#include <memory>

#include "state/base/result.h"
#include "state/store/store.h"
#include "state/store/store_address.h"
#include "state/store/store_surroundings.h"

namespace cemli {

/// The store at an address, of whatever kind. A relative folder counts from the working one.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const StoreAddress& address,
                                                        const StoreSurroundings& surroundings,
                                                        const CallLimits& limits = {});

}  // namespace cemli
