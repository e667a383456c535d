#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "state/base/result.h"
#include "state/history.h"
#include "state/store/store.h"

namespace cemli {

/// Reads what happened in an environment from its log: runs and operators' words; or, where an
/// address is given, its attempts, the words about it and those about the whole environment. The
/// newest `limit` of them.
[[nodiscard]] Result<EnvironmentHistory> read_history(Store& state, const std::string& environment,
                                                      const std::optional<Address>& address,
                                                      std::size_t limit);

}  // namespace cemli
