#pragma once

#include <chrono>
#include <vector>

#include "reconciler/execute/executor.h"
#include "tests/support/fake_step_runner.h"
#include "tests/support/memory_journal.h"
#include "tests/support/sample_run.h"

namespace cemli::test {

/// An executor's parts, of which those at its ends are fakes. The plan's first package is the first
/// one that is ready.
struct ExecutorFixture {
  explicit ExecutorFixture(const std::vector<SampleAction>& actions) : run(actions) {}

  struct Options {
    std::size_t jobs = 1;
    ExecutorOptions::AfterFailure after_failure = ExecutorOptions::AfterFailure::go_on;
  };
  Execution execute(const Options& options) {
    return cemli::execute(run.plan, facts, fetch, {runner, journal, observer, signals},
                          {options.jobs, options.after_failure, folder.path()});
  }
  Execution execute() { return execute({}); }

  [[nodiscard]] static Address at(std::string_view text) { return Address::parse(text).value(); }

  SampleRun run;
  RunFacts facts = sample_facts();
  FakeStepRunner runner;
  MemoryJournal journal;
  PackageFetcher fetch = [this](const DesiredPackage& desired) {
    const bool is_first = desired.identity.address == run.plan.actions.front().address;
    if (!is_first) journal.announced.wait(false);
    return run.fetcher()(desired);
  };
  NotingObserver observer;
  StopSignals signals;
  TemporaryFolder folder = temporary_folder();
};

}  // namespace cemli::test
