#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "state/base/address.h"

namespace cemli {

/// Who depends directly on whom. Every address that is depended on is a key.
using DependencyGraph = std::map<Address, std::vector<Address>>;

/// A cycle of the graph, as `a -> b -> a` reads: the first address stands again at the end.
[[nodiscard]] std::optional<std::vector<Address>> find_cycle(const DependencyGraph& graph);

/// Addresses with dependencies first; among those that are ready, the one with the longest remaining
/// path (sum of `weights`, 1 where absent) first, ties broken by address. The graph has no cycle.
[[nodiscard]] std::vector<Address> dependency_order(const DependencyGraph& graph,
                                                    const std::map<Address, double>& weights);

}  // namespace cemli
