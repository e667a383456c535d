#pragma once

#include <string>
#include <vector>

#include "reconciler/execute/outcome.h"
#include "reconciler/plan/action.h"
#include "reconciler/plan/plan.h"

namespace cemli {

/// Watches a run; decides nothing. Called from the executor's loop only.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// The run's lease is held and its first action is about to be announced.
  virtual void run_started(const RunId& run, const Plan& plan) = 0;
  /// The first program of an attempt was started.
  virtual void attempt_started(const Action& action) = 0;
  /// An attempt ended; its evidence may not be durable yet.
  virtual void attempt_ended(const Action& action, const AttemptReport& report) = 0;
  /// An action will not be tried in this run, because `because` failed or is blocked.
  virtual void became_blocked(const Action& action, const Address& because) = 0;
  /// Something the user should know at once: a signal, a lost store, another run's takeover.
  virtual void notice(const std::string& text) = 0;
};

}  // namespace cemli
