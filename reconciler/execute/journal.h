#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/execute/outcome.h"
#include "reconciler/execute/step_runner.h"
#include "reconciler/plan/action.h"
#include "state/base/address.h"
#include "state/base/clock.h"

namespace cemli {

/// The attempt's announcement is durable: its first program may start.
struct StartDurable {
  Address address;
};
/// It is durable that a program of the attempt is done: the next may start.
struct StepDurable {
  Address address;
};
/// The attempt's evidence is durable and its end is queued for the log, ahead of anything announced
/// from now on: what depends on it may be announced. The outcome is the recorded one: a success
/// whose artifacts cannot be kept is a failure.
struct EndQueued {
  Address address;
  Outcome outcome;
};
/// The lease was renewed.
struct LeaseRenewed {
  StepDeadlines deadlines;
};
/// An operator's entry was folded: these addresses may not be started by this run any more.
struct StartsForbidden {
  std::vector<Address> addresses;
  /// Set where the whole environment was suspended: nothing may be started.
  bool all = false;
  std::string why;
};
/// Nothing more may be started: the record cannot be kept. What ends is still to be reported.
struct RecordLost {
  std::string why;
};
/// Another run took over: end all steps at once, append nothing.
struct Fenced {
  std::string why;
};
using JournalNews = std::variant<StartDurable, StepDurable, EndQueued, LeaseRenewed,
                                 StartsForbidden, RecordLost, Fenced>;

/// Where the executor says what it is about to do and what became of it. The other side makes it
/// durable in its own time and answers with news.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  /// Announces an attempt; answered by `StartDurable` or `StartsForbidden`.
  virtual void announce(const Action& start) = 0;
  /// A program of an attempt succeeded, and another follows; answered by `StepDurable`.
  virtual void finish_step(const Action& action, const std::string& label) = 0;
  /// Reports an attempt's end; answered by `EndQueued`.
  virtual void report(AttemptReport report) = 0;
  /// News since the last call, oldest first. Never blocks.
  [[nodiscard]] virtual std::vector<JournalNews> take_news() = 0;
  /// A descriptor that becomes readable when there is news.
  [[nodiscard]] virtual int news_fd() const = 0;
};

}  // namespace cemli
