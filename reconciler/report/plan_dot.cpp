#include "reconciler/report/plan_dot.h"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <vector>

namespace cemli {
namespace {

std::string_view attributes_of(ActionKind kind) {
  switch (kind) {
    case ActionKind::none:
      return ", style=dashed, color=gray60, fontcolor=gray40";
    case ActionKind::run:
      return ", color=darkgreen";
    case ActionKind::update:
    case ActionKind::retry:
    case ActionKind::rerun:
      return ", color=darkorange";
    case ActionKind::remove:
    case ActionKind::forget:
      return ", color=red";
    case ActionKind::blocked:
      return ", color=red, style=dotted";
    case ActionKind::held:
      return ", color=purple, style=dotted";
  }
  return "";
}

/// Names and versions hold no character that a quoted DOT string would read otherwise.
class Graph {
 public:
  explicit Graph(const std::string& name)
      : text_(fmt::format("digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box];\n", name)) {}

  void node(const Address& address, std::string_view version, std::string_view word,
            std::string_view attributes) {
    text_ += fmt::format("  \"{}\" [label=\"{}\\n{}{}{}\"{}];\n", address.text(), address.text(),
                         version, word.empty() ? "" : "\\n", word, attributes);
    known_.insert(address);
  }
  void waits(const Address& address, const std::vector<Address>& first) {
    for (const Address& other : first) {
      if (known_.contains(other))
        arrows_ += fmt::format("  \"{}\" -> \"{}\";\n", other.text(), address.text());
    }
  }
  [[nodiscard]] std::string finish() const { return text_ + arrows_ + "}\n"; }

 private:
  std::string text_;
  std::string arrows_;
  std::set<Address> known_;
};

}  // namespace

std::string plan_dot(const Plan& plan) {
  Graph graph(plan.environment);
  for (const Action& action : plan.actions)
    graph.node(action.address, action.version, word_of(action.kind), attributes_of(action.kind));
  for (const Action& action : plan.actions)
    graph.waits(action.address, action.desired ? action.desired->depends_on : action.waits_for);
  return graph.finish();
}

std::string graph_dot(const DesiredState& desired) {
  Graph graph(desired.environment);
  for (const auto& [address, package] : desired.packages)
    graph.node(address, package.identity.version, "", "");
  for (const auto& [address, package] : desired.packages) graph.waits(address, package.depends_on);
  return graph.finish();
}

}  // namespace cemli
