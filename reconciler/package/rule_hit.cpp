#include "reconciler/package/rule_hit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cemli {

std::string_view word_of(RuleHit::Kind kind) {
  constexpr std::array<std::string_view, 3> kWords{"fail", "warn", "missing"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string describe(const RuleHit& hit) {
  if (hit.kind == RuleHit::Kind::missing)
    return fmt::format("no line shows success ({})", hit.rule);
  if (hit.line == 0) return fmt::format("{}: {} ({})", hit.file, hit.text, hit.rule);
  return fmt::format("{}:{}: '{}' ({})", hit.file, hit.line, hit.text, hit.rule);
}

const RuleHit* RuleFindings::failure() const {
  const auto found = std::find_if(
      hits.begin(), hits.end(), [](const RuleHit& hit) { return hit.kind != RuleHit::Kind::warn; });
  return found == hits.end() ? nullptr : &*found;
}

}  // namespace cemli
