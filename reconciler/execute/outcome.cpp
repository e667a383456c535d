#include "reconciler/execute/outcome.h"

#include <fmt/format.h>

#include <array>

namespace cemli {

OutcomeKind kind_of(const Outcome& outcome) {
  // In the order of the variant.
  constexpr std::array kinds{OutcomeKind::succeeded,   OutcomeKind::failed,
                             OutcomeKind::error,       OutcomeKind::interrupted,
                             OutcomeKind::rolled_back, OutcomeKind::not_started};
  static_assert(kinds.size() == std::variant_size_v<Outcome>);
  return kinds[outcome.index()];
}

const std::string& summary_of(const Outcome& outcome) {
  static const std::string none;
  if (const auto* failed = std::get_if<Failed>(&outcome)) return failed->why;
  if (const auto* error = std::get_if<PreparationFailed>(&outcome)) return error->why;
  if (const auto* interrupted = std::get_if<Interrupted>(&outcome)) return interrupted->why;
  if (const auto* undone = std::get_if<RolledBack>(&outcome)) return undone->why;
  return none;
}

std::string CapturedStream::text() const {
  if (dropped == 0) return head + tail;
  return fmt::format("{}\n[cemli: {} bytes dropped here]\n{}", head, dropped, tail);
}

}  // namespace cemli
