#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "reconciler/desired/rules.h"
#include "reconciler/desired/text_position.h"
#include "reconciler/desired/yaml_events.h"

namespace cemli {

/// What stands under `policy:`.
struct WrittenPolicy {
  /// But for `promoted`, which takes what stands under `promote_from:`, too.
  Policy policy = {};
  /// Where `promoted: true` stands.
  std::optional<TextPosition> promoted_at = std::nullopt;
};

/// Hears of each problem.
using ProblemSink = std::function<void(TextPosition, std::string)>;

/// Rules that this version refuses by name.
using RulesToCome = std::set<std::string_view>;
[[nodiscard]] const RulesToCome& rules_to_come();

/// Reads the rules from the events of their mapping, from its start on; where a syntax error has
/// cut them off, what is there. All problems go to `problem`.
[[nodiscard]] WrittenPolicy read_policy(std::span<const YamlEvent> events,
                                        const RulesToCome& to_come, const ProblemSink& problem);

}  // namespace cemli
