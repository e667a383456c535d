#pragma once

#include <string>

#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/plan.h"

namespace cemli {

/// A plan as a graph for Graphviz: a node an action, coloured by what is done, and an arrow from
/// what comes first to what waits for it. What is unchanged is dashed. The same bytes for the same
/// plan.
[[nodiscard]] std::string plan_dot(const Plan& plan);

/// What is desired as a graph for Graphviz, without looking at what is recorded.
[[nodiscard]] std::string graph_dot(const DesiredState& desired);

}  // namespace cemli
