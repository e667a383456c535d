#pragma once

#include <map>
#include <vector>

#include "state/base/address.h"

namespace cemli {

/// Who depends directly on whom. Every address that is depended on is a key.
using DependencyGraph = std::map<Address, std::vector<Address>>;

/// Cycles as `a -> b -> a` reads: each begins with its smallest address, which stands again at its
/// end. At least one wherever there is any; no address is part of two of them, so breaking these
/// may leave others. Linear, and not recursive.
[[nodiscard]] std::vector<std::vector<Address>> find_cycles(const DependencyGraph& graph);

}  // namespace cemli
