#pragma once

#include <map>
#include <vector>

#include "reconciler/package/dependency_graph.h"
#include "state/base/address.h"

namespace cemli {

/// Addresses with dependencies first; among those that are ready, the one with the longest
/// remaining path (sum of `weights`, 1 where absent) first, ties broken by address. What stands on
/// a cycle, or behind one, comes last, by address.
[[nodiscard]] std::vector<Address> dependency_order(const DependencyGraph& graph,
                                                    const std::map<Address, double>& weights);

}  // namespace cemli
