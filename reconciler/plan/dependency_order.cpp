#include "reconciler/plan/dependency_order.h"

#include <algorithm>
#include <cstddef>
#include <queue>
#include <utility>

namespace cemli {
namespace {

using Index = std::size_t;

/// The graph over positions in address order, so that a smaller index is an earlier address.
struct IndexedGraph {
  std::vector<const Address*> addresses;
  std::vector<std::vector<Index>> dependents;
  std::vector<std::size_t> dependencies;  ///< how many each has

  [[nodiscard]] std::size_t size() const { return addresses.size(); }
};

IndexedGraph index_graph(const DependencyGraph& graph) {
  IndexedGraph indexed;
  indexed.addresses.reserve(graph.size());
  for (const auto& node : graph) indexed.addresses.push_back(&node.first);
  indexed.dependents.resize(graph.size());
  indexed.dependencies.resize(graph.size(), 0);
  Index at = 0;
  for (const auto& node : graph) {
    for (const Address& dependency : node.second) {
      const auto found =
          std::lower_bound(indexed.addresses.begin(), indexed.addresses.end(), dependency,
                           [](const Address* left, const Address& right) { return *left < right; });
      if (found == indexed.addresses.end() || **found != dependency) continue;
      indexed.dependents[static_cast<Index>(found - indexed.addresses.begin())].push_back(at);
      ++indexed.dependencies[at];
    }
    ++at;
  }
  return indexed;
}

/// Some order with dependencies first; what stands on a cycle or behind one is missing.
std::vector<Index> any_order(const IndexedGraph& graph) {
  std::vector<std::size_t> waiting = graph.dependencies;
  std::vector<Index> order;
  order.reserve(graph.size());
  for (Index i = 0; i < graph.size(); ++i) {
    if (waiting[i] == 0) order.push_back(i);
  }
  for (Index next = 0; next < order.size(); ++next) {
    for (const Index dependent : graph.dependents[order[next]]) {
      if (--waiting[dependent] == 0) order.push_back(dependent);
    }
  }
  return order;
}

/// For each the largest sum of weights on a path from it to a package that nothing depends on.
std::vector<double> remaining_paths(const IndexedGraph& graph,
                                    const std::map<Address, double>& weights) {
  std::vector<double> path(graph.size(), 1.0);
  for (Index i = 0; i < graph.size(); ++i) {
    if (const auto found = weights.find(*graph.addresses[i]); found != weights.end())
      path[i] = found->second;
  }
  const std::vector<Index> order = any_order(graph);
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    double longest = 0;
    for (const Index dependent : graph.dependents[*node])
      longest = std::max(longest, path[dependent]);
    path[*node] += longest;
  }
  return path;
}

}  // namespace

std::vector<Address> dependency_order(const DependencyGraph& graph,
                                      const std::map<Address, double>& weights) {
  const IndexedGraph indexed = index_graph(graph);
  const std::vector<double> path = remaining_paths(indexed, weights);
  const auto comes_later = [&](Index left, Index right) {
    return path[left] != path[right] ? path[left] < path[right] : left > right;
  };
  std::priority_queue<Index, std::vector<Index>, decltype(comes_later)> ready(comes_later);
  std::vector<std::size_t> waiting = indexed.dependencies;
  for (Index i = 0; i < indexed.size(); ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  std::vector<Address> order;
  order.reserve(indexed.size());
  while (!ready.empty()) {
    const Index next = ready.top();
    ready.pop();
    order.push_back(*indexed.addresses[next]);
    for (const Index dependent : indexed.dependents[next]) {
      if (--waiting[dependent] == 0) ready.push(dependent);
    }
  }
  for (Index i = 0; i < indexed.size(); ++i) {
    if (waiting[i] > 0) order.push_back(*indexed.addresses[i]);
  }
  return order;
}

}  // namespace cemli
