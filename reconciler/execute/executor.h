#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "reconciler/execute/fetch_pool.h"
#include "reconciler/execute/journal.h"
#include "reconciler/execute/observer.h"
#include "reconciler/execute/step_runner.h"
#include "reconciler/execute/step_sequence.h"
#include "reconciler/execute/stop_signals.h"
#include "reconciler/plan/plan.h"

namespace cemli {

struct ExecutorOptions {
  /// How many packages run at once; at least 1.
  std::size_t jobs = 1;
  /// What follows the first package that did not succeed.
  enum class AfterFailure { go_on, stop_starting } after_failure = AfterFailure::go_on;
  /// An existing folder for workspaces.
  std::filesystem::path work_folder;
  /// What programs are started for, where it is not what each action asks for.
  std::optional<Purpose> purpose = std::nullopt;
};

/// How the execution of a plan ended.
struct Execution {
  /// Attempts that were announced, by how they ended.
  std::map<Address, OutcomeKind> outcomes;
  /// Never tried, because the named address failed or is blocked.
  std::map<Address, Address> blocked;
  /// The first signal that asked to stop.
  std::optional<int> signal;
  /// Set where another run took over.
  std::optional<std::string> fenced;
  /// Whether the warden was killed.
  bool runner_lost = false;
  /// Set where the record could not be kept.
  std::optional<std::string> record_lost;
};

/// The parts an execution works with; all must outlive it.
struct ExecutorParts {
  StepRunner& runner;
  Journal& journal;
  Observer& observer;
  StopSignals& signals;
};

/// Carries out what a plan wants run, in dependency order. One visible poll loop that alone
/// decides; returns when nothing of it runs any more.
[[nodiscard]] Execution execute(const Plan& plan, const RunFacts& facts, PackageFetcher fetch,
                                const ExecutorParts& parts, const ExecutorOptions& options);

}  // namespace cemli
