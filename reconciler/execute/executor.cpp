#include "reconciler/execute/executor.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "reconciler/execute/ready_queue.h"
#include "reconciler/execute/running_attempt.h"

namespace cemli {
namespace {

constexpr std::size_t kMostFetchThreads = 4;
/// Idempotent packages may be announced, and all may be fetched, this many times `jobs` ahead.
constexpr std::size_t kAhead = 2;
/// How many ended attempts may wait for their evidence before nothing more is taken.
constexpr std::size_t kMostUnrecorded = 256;

/// An attempt between being taken from the ready queue and the end of its programs.
struct InFlight {
  enum class Stage {
    fetching,
    fetched,    ///< waits for a slot to be announced
    announced,  ///< waits to become durable
    durable,    ///< waits for a slot, or for the lease
    running,
  };
  Stage stage = Stage::fetching;
  std::optional<RunningAttempt> attempt = std::nullopt;
  bool has_slot = false;
  bool is_shown = false;
};

class Executor {
 public:
  Executor(const Plan& plan, const RunFacts& facts, PackageFetcher fetch,
           const ExecutorParts& parts, const ExecutorOptions& options)
      : plan_(plan),
        facts_(facts),
        parts_(parts),
        options_(options),
        queue_(plan),
        fetches_(std::min(kMostFetchThreads, options.jobs * kAhead), std::move(fetch),
                 options.work_folder) {
    for (std::size_t i = 0; i < plan.actions.size(); ++i)
      index_.emplace(plan.actions[i].address, i);
  }

  Execution run() {
    for (;;) {
      take_from_queue();
      hand_out_slots();
      announce_fetched();
      start_durable();
      if (in_flight_.empty() && unrecorded_.empty()) return std::move(execution_);
      wait();
      take_signals();
      for (JournalNews& news : parts_.journal.take_news())
        std::visit([this](const auto& content) { on(content); }, news);
      for (PreparedPackage& prepared : fetches_.take()) on_prepared(std::move(prepared));
      read_outputs();
      const std::vector<StepEnd> ended = parts_.runner.take_ended();
      if (parts_.runner.is_lost()) on_runner_lost();
      for (const StepEnd& end : ended) on_step_end(end);
    }
  }

 private:
  using Stage = InFlight::Stage;

  // Towards a start.

  void take_from_queue() {
    while (!stopping_ && in_flight_.size() < options_.jobs * (1 + kAhead) &&
           unrecorded_.size() < kMostUnrecorded) {
      const auto action = queue_.take();
      if (!action) return;
      in_flight_.emplace(*action, InFlight{});
      fetches_.ask(*action, *plan_.actions[*action].desired);
    }
  }

  void on_prepared(PreparedPackage prepared) {
    const auto found = in_flight_.find(prepared.action);
    if (found == in_flight_.end()) return;
    const Action& action = plan_.actions[prepared.action];
    if (stopping_) {
      drop(prepared.action);
    } else if (prepared.workspace) {
      found->second.attempt.emplace(action, *std::move(prepared.workspace));
      found->second.stage = Stage::fetched;
    } else {
      // An attempt that fails before its first program is an attempt all the same.
      parts_.journal.announce(action);
      finish(found->first, report_without_programs(
                               action, PreparationFailed{prepared.workspace.error().message()}));
    }
  }

  void take_slot(InFlight& flight) {
    flight.has_slot = true;
    ++slots_used_;
  }

  void release_slot(InFlight& flight) {
    if (std::exchange(flight.has_slot, false)) --slots_used_;
  }

  /// Slots are handed out in the plan's order, also past a package that is still on its way.
  void hand_out_slots() {
    std::size_t free = options_.jobs - slots_used_;
    for (auto& [index, flight] : in_flight_) {
      if (free == 0) return;
      if (flight.has_slot) continue;
      --free;
      const bool is_next = flight.stage == Stage::fetched && !is_announced_ahead(index);
      if (is_next || flight.stage == Stage::durable) take_slot(flight);
    }
  }

  /// A crash makes every announced attempt an interrupted one: only those that may simply be tried
  /// again are announced before they have a slot.
  [[nodiscard]] bool is_announced_ahead(std::size_t index) const {
    return plan_.actions[index].desired->idempotent;
  }

  void announce_fetched() {
    for (auto& [index, flight] : in_flight_) {
      if (flight.stage != Stage::fetched || stopping_) continue;
      if (!flight.has_slot && !is_announced_ahead(index)) continue;
      flight.stage = Stage::announced;
      parts_.journal.announce(plan_.actions[index]);
    }
  }

  void start_durable() {
    if (boot_now() >= deadlines_.last_start) return;
    for (const std::size_t index : indices_in(Stage::durable)) {
      InFlight& flight = in_flight_.at(index);
      if (stopping_ || !flight.has_slot) continue;
      flight.stage = Stage::running;
      start_step(index, flight);
    }
  }

  [[nodiscard]] std::vector<std::size_t> indices_in(Stage stage) const {
    std::vector<std::size_t> indices;
    for (const auto& [index, flight] : in_flight_) {
      if (flight.stage == stage) indices.push_back(index);
    }
    return indices;
  }

  void start_step(std::size_t index, InFlight& flight) {
    const std::uint64_t id = ++last_step_id_;
    auto process = flight.attempt->begin_step(facts_, id);
    if (!process) return fail_step(index, flight, process.error().message());
    if (auto started = parts_.runner.start(*std::move(process)); !started) {
      flight.attempt->withdraw_step();
      return fail_step(index, flight, started.error().message());
    }
    steps_.emplace(id, index);
    if (!std::exchange(flight.is_shown, true))
      parts_.observer.attempt_started(plan_.actions[index]);
  }

  void fail_step(std::size_t index, InFlight& flight, const std::string& why) {
    flight.attempt->fail_step(why);
    finish(index, flight.attempt->take_report());
  }

  // While it runs.

  void wait() {
    std::vector<pollfd> fds{{parts_.signals.fd(), POLLIN, 0},
                            {parts_.journal.news_fd(), POLLIN, 0},
                            {fetches_.ready_fd(), POLLIN, 0},
                            {parts_.runner.ended_fd(), POLLIN, 0}};
    for (const auto& [index, flight] : in_flight_) {
      if (flight.stage != Stage::running) continue;
      const auto [out, err] = flight.attempt->outputs();
      for (const int fd : {out, err}) {
        if (fd >= 0) fds.push_back({fd, POLLIN, 0});
      }
    }
    ::poll(fds.data(), fds.size(), -1);
  }

  void read_outputs() {
    for (auto& [index, flight] : in_flight_) {
      if (flight.stage == Stage::running) flight.attempt->drain();
    }
  }

  void on_step_end(const StepEnd& end) {
    const auto step = steps_.find(end.id);
    if (step == steps_.end()) return;
    const std::size_t index = step->second;
    steps_.erase(step);
    InFlight& flight = in_flight_.at(index);
    if (end.by == StepEnd::By::refused) {
      // The next renewal of the lease brings it back.
      flight.attempt->withdraw_step();
      flight.stage = Stage::durable;
      return settle_if_stopping(index, flight);
    }
    flight.attempt->end_step(end);
    if (flight.attempt->is_over()) return finish(index, flight.attempt->take_report());
    if (!stopped_by_force()) return start_step(index, flight);
    flight.attempt->interrupt("ended between two steps because the run was stopped");
    finish(index, flight.attempt->take_report());
  }

  void on_runner_lost() {
    if (std::exchange(execution_.runner_lost, true)) return;
    parts_.observer.notice("the run's warden was killed, and all steps with it");
    stop_starting();
  }

  [[nodiscard]] bool stopped_by_force() const {
    return execution_.signal || execution_.fenced || execution_.runner_lost;
  }

  // How it ends.

  void finish(std::size_t index, AttemptReport report) {
    const Action& action = plan_.actions[index];
    const bool succeeded = kind_of(report.outcome) == OutcomeKind::succeeded;
    drop(index);
    queue_.release_locks(index);
    execution_.outcomes.insert_or_assign(action.address, kind_of(report.outcome));
    parts_.observer.attempt_ended(action, report);
    if (record_is_kept()) {
      unrecorded_.emplace(index, succeeded);
      parts_.journal.report(std::move(report));
    }
    if (!succeeded) follow_failure(index);
  }

  void follow_failure(std::size_t index) {
    block_dependents(index);
    if (options_.after_failure == ExecutorOptions::AfterFailure::stop_starting) stop_starting();
  }

  void drop(std::size_t index) {
    release_slot(in_flight_.at(index));
    in_flight_.erase(index);
  }

  void block_dependents(std::size_t index) {
    for (const auto& [action, because] : queue_.failed(index)) {
      execution_.blocked.emplace(plan_.actions[action].address, plan_.actions[because].address);
      parts_.observer.became_blocked(plan_.actions[action], plan_.actions[because].address);
    }
  }

  [[nodiscard]] bool record_is_kept() const {
    return !execution_.fenced && !execution_.record_lost;
  }

  /// Nothing new is started; what was announced and has not begun is reported as not started.
  void stop_starting() {
    if (std::exchange(stopping_, true)) return;
    for (const Stage stage : {Stage::fetched, Stage::announced, Stage::durable}) {
      for (const std::size_t index : indices_in(stage))
        settle_if_stopping(index, in_flight_.at(index));
    }
  }

  void settle_if_stopping(std::size_t index, InFlight& flight) {
    if (!stopping_) return;
    if (flight.stage == Stage::fetched) return drop(index);
    if (!flight.attempt->has_begun()) return call_off(index);
    flight.attempt->interrupt("ended between two steps because the run was stopped");
    finish(index, flight.attempt->take_report());
  }

  /// An announced attempt will not start.
  void call_off(std::size_t index) {
    drop(index);
    queue_.release_locks(index);
    execution_.outcomes.insert_or_assign(plan_.actions[index].address, OutcomeKind::not_started);
    if (!record_is_kept()) return;
    unrecorded_.emplace(index, false);
    parts_.journal.report(report_without_programs(plan_.actions[index], NotStarted{}));
  }

  // What the world says.

  void take_signals() {
    for (const int number : parts_.signals.take()) {
      if (std::exchange(execution_.signal, execution_.signal.value_or(number))) {
        parts_.observer.notice("stopping at once: running steps are killed");
        parts_.runner.stop_all(StopHow::at_once);
        continue;
      }
      parts_.observer.notice(
          "stopping: nothing new is started, running steps are asked to end; once more kills them");
      stop_starting();
      parts_.runner.stop_all(StopHow::gently);
    }
  }

  void on(const StartDurable& news) {
    const auto found = in_flight_.find(index_.at(news.address));
    if (found != in_flight_.end() && found->second.stage == Stage::announced)
      found->second.stage = Stage::durable;
  }

  void on(const EndQueued& news) {
    const auto found = unrecorded_.find(index_.at(news.address));
    if (found == unrecorded_.end()) return;
    const auto [index, seemed_to_succeed] = *found;
    unrecorded_.erase(found);
    if (!seemed_to_succeed) return;
    if (kind_of(news.outcome) == OutcomeKind::succeeded) return queue_.succeeded(index);
    execution_.outcomes.insert_or_assign(news.address, kind_of(news.outcome));
    parts_.observer.notice(fmt::format("'{}' is recorded as {}: {}", news.address.text(),
                                       word_of(kind_of(news.outcome)), summary_of(news.outcome)));
    follow_failure(index);
  }

  void on(const LeaseRenewed& news) {
    deadlines_ = news.deadlines;
    parts_.runner.set_deadlines(news.deadlines);
  }

  void on(const StartsForbidden& news) {
    parts_.observer.notice(news.why);
    if (news.all) return stop_starting();
    for (const Address& address : news.addresses) forbid(address);
  }

  /// An operator's word came first: what has not started will not.
  void forbid(const Address& address) {
    const auto known = index_.find(address);
    if (known == index_.end()) return;
    const std::size_t index = known->second;
    const auto found = in_flight_.find(index);
    if (found == in_flight_.end()) return;
    const InFlight& flight = found->second;
    if (flight.stage == Stage::announced) {
      // The announcement was not made, so nothing may follow it.
      drop(index);
    } else if (flight.stage == Stage::durable && !flight.attempt->has_begun()) {
      call_off(index);
    } else {
      return;
    }
    block_dependents(index);
  }

  void on(const RecordLost& news) {
    execution_.record_lost = news.why;
    parts_.observer.notice("the record cannot be kept: " + news.why +
                           "; nothing new is started, running steps may end");
    give_up_recording();
  }

  void on(const Fenced& news) {
    execution_.fenced = news.why;
    parts_.observer.notice(news.why + "; all steps are ended");
    parts_.runner.stop_all(StopHow::at_once);
    give_up_recording();
  }

  void give_up_recording() {
    stop_starting();
    unrecorded_.clear();
  }

  const Plan& plan_;
  const RunFacts& facts_;
  ExecutorParts parts_;
  const ExecutorOptions& options_;
  ReadyQueue queue_;
  FetchPool fetches_;
  std::map<Address, std::size_t> index_;
  std::map<std::size_t, InFlight> in_flight_;
  /// Steps that were started and have not ended, by their id.
  std::map<std::uint64_t, std::size_t> steps_;
  /// Ended attempts whose evidence is not durable yet, and whether they succeeded.
  std::map<std::size_t, bool> unrecorded_;
  std::uint64_t last_step_id_ = 0;
  std::size_t slots_used_ = 0;
  bool stopping_ = false;
  StepDeadlines deadlines_;
  Execution execution_;
};

}  // namespace

Execution execute(const Plan& plan, const RunFacts& facts, PackageFetcher fetch,
                  const ExecutorParts& parts, const ExecutorOptions& options) {
  return Executor(plan, facts, std::move(fetch), parts, options).run();
}

}  // namespace cemli
