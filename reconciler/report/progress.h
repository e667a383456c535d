#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "reconciler/execute/observer.h"
#include "reconciler/report/terminal.h"
#include "state/base/clock.h"
#include "state/event.h"

namespace cemli {

/// Writes a run as plain lines, each behind the time that `clock` tells, and each line whole and at
/// once: `02:14:58 [ 3/30] gl-base 1.2.0: failed in 2.9s: run: exit code 3`, with the end of what
/// the failing step printed and the command that shows all of it. `out` outlives the observer.
[[nodiscard]] std::unique_ptr<Observer> make_plain_progress(std::ostream& out,
                                                            const TextStyle& style,
                                                            std::function<Timestamp()> clock);

/// What a run came to.
struct RunSummary {
  RunId run;
  std::string environment;
  /// `succeeded`, `failed` or `stopped`.
  std::string outcome;
  RunCounts counts;
  std::chrono::milliseconds duration{};
  /// Every desired address is `succeeded` at its identity.
  bool converged = false;
};

/// The last words of `apply`, with the command to go on with. Ends with a line break.
[[nodiscard]] std::string run_summary_text(const RunSummary& summary, const TextStyle& style);

/// Tells notices alone: for steps that only look at the target.
[[nodiscard]] std::unique_ptr<Observer> make_notices_only(std::ostream& out,
                                                          const TextStyle& style);

}  // namespace cemli
