#include "reconciler/execute/look.h"

#include <chrono>
#include <utility>

#include "reconciler/execute/news_queue.h"

namespace cemli {
namespace {

/// Nothing has to be durable before the next step starts, as nothing is kept.
class LookJournal final : public Journal {
 public:
  LookJournal() {
    const BootTime end = boot_now() + std::chrono::hours(24 * 365);
    news_.post(LeaseRenewed{{end, end, end}});
  }

  void announce(const Action& start) override { news_.post(StartDurable{start.address}); }
  void finish_step(const Action& action, const std::string& /*label*/) override {
    news_.post(StepDurable{action.address});
  }
  void report(AttemptReport report) override {
    Look& look = found_[report.address];
    for (const StepExecution& step : report.steps) {
      look.exit_code = step.exit_code;
      look.out += step.out.text();
      look.err += step.err.text();
    }
    look.outcome = report.outcome;
    news_.post(EndQueued{report.address, std::move(report.outcome)});
  }
  std::vector<JournalNews> take_news() override { return news_.take(); }
  int news_fd() const override { return news_.fd(); }

  std::map<Address, Look> take_found() { return std::move(found_); }

 private:
  NewsQueue news_;
  std::map<Address, Look> found_;
};

}  // namespace

Looks look(const Plan& plan, const RunFacts& facts, PackageFetcher fetch, StepRunner& runner,
           Observer& observer, StopSignals& signals, const ExecutorOptions& options) {
  LookJournal journal;
  Execution execution =
      execute(plan, facts, std::move(fetch), {runner, journal, observer, signals}, options);
  return {journal.take_found(), std::move(execution)};
}

}  // namespace cemli
