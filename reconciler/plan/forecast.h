#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "reconciler/plan/plan.h"

namespace cemli {

/// What a plan is expected to take, from how long each address took when it last succeeded.
struct Forecast {
  /// All of it, one after the other.
  std::chrono::milliseconds work{};
  /// The chain of dependencies that takes longest: no number of jobs makes the plan shorter.
  std::chrono::milliseconds longest{};
  std::vector<Address> path;  ///< empty where nobody knows how long anything takes
  /// Actions, but for removals, of which nobody knows how long they take.
  std::size_t unknown = 0;
  friend bool operator==(const Forecast&, const Forecast&) = default;
};

[[nodiscard]] Forecast forecast(const Plan& plan);

}  // namespace cemli
