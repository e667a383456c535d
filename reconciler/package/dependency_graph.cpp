#include "reconciler/package/dependency_graph.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>

namespace cemli {
namespace {

/// Walks depth first, with the path from the root in a vector instead of on the stack.
class CycleSearch {
 public:
  explicit CycleSearch(const DependencyGraph& graph) {
    nodes_.reserve(graph.size());
    for (const auto& node : graph) nodes_.push_back(&node);
    depth_.assign(nodes_.size(), kNew);
  }

  std::vector<std::vector<Address>> run() {
    for (std::size_t root = 0; root < nodes_.size(); ++root) {
      if (depth_[root] == kNew) walk_from(root);
    }
    return std::move(cycles_);
  }

 private:
  using Node = DependencyGraph::value_type;
  struct Visit {
    std::size_t node = 0;
    std::size_t next_dependency = 0;
    /// The path up to and including this visit touches a found cycle above this depth only.
    std::size_t found_above = 0;
  };
  static constexpr std::size_t kNew = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t kDone = kNew - 1;

  void walk_from(std::size_t root) {
    enter(root, 0);
    while (!path_.empty()) {
      Visit& visit = path_.back();
      const std::vector<Address>& dependencies = nodes_[visit.node]->second;
      if (visit.next_dependency == dependencies.size()) {
        depth_[visit.node] = kDone;
        path_.pop_back();
        continue;
      }
      const std::size_t next = index_of(dependencies[visit.next_dependency++]);
      if (depth_[next] == kNew) {
        enter(next, visit.found_above);
      } else if (depth_[next] != kDone && visit.found_above <= depth_[next]) {
        take_cycle(depth_[next]);
      }
    }
  }

  void enter(std::size_t node, std::size_t found_above) {
    depth_[node] = path_.size();
    path_.push_back({node, 0, found_above});
  }

  /// The path from `begin` to its end closes.
  void take_cycle(std::size_t begin) {
    std::vector<std::size_t> cycle;
    for (std::size_t i = begin; i < path_.size(); ++i) {
      path_[i].found_above = i + 1;
      cycle.push_back(path_[i].node);
    }
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    cycle.push_back(cycle.front());
    std::vector<Address>& found = cycles_.emplace_back();
    for (const std::size_t node : cycle) found.push_back(nodes_[node]->first);
  }

  [[nodiscard]] std::size_t index_of(const Address& address) const {
    const auto found = std::lower_bound(
        nodes_.begin(), nodes_.end(), address,
        [](const Node* node, const Address& wanted) { return node->first < wanted; });
    assert(found != nodes_.end() && (*found)->first == address);
    return static_cast<std::size_t>(found - nodes_.begin());
  }

  std::vector<const Node*> nodes_;
  /// Where a node stands on the path, or that it was not seen yet, or is done.
  std::vector<std::size_t> depth_;
  std::vector<Visit> path_;
  std::vector<std::vector<Address>> cycles_;
};

}  // namespace

std::vector<std::vector<Address>> find_cycles(const DependencyGraph& graph) {
  return CycleSearch(graph).run();
}

}  // namespace cemli
