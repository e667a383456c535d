#include "reconciler/execute/executor.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "reconciler/execute/attempt_ends.h"
#include "reconciler/execute/flights.h"
#include "reconciler/execute/ready_queue.h"
#include "reconciler/execute/running_attempt.h"

namespace cemli {
namespace {

/// They wait for the packages store most of their time.
constexpr std::size_t kMostFetchThreads = 32;
/// Idempotent packages may be announced, and all may be fetched, this many times `jobs` ahead.
constexpr std::size_t kAhead = 2;
/// How many ended attempts may wait for their evidence before nothing more is taken.
constexpr std::size_t kMostUnrecorded = 256;

const char* const kCutShort = "ended between two steps because the run was stopped";

class Executor {
 public:
  Executor(const Plan& plan, const RunFacts& facts, PackageFetcher fetch,
           const ExecutorParts& parts, const ExecutorOptions& options)
      : plan_(plan),
        facts_(facts),
        parts_(parts),
        options_(options),
        queue_(plan),
        ends_(plan_, queue_, parts_, execution_),
        flights_(options.jobs),
        fetches_(std::min(kMostFetchThreads, options.jobs * kAhead), std::move(fetch),
                 options.work_folder) {
    for (std::size_t i = 0; i < plan.actions.size(); ++i)
      index_.emplace(plan.actions[i].address, i);
  }

  Execution run() {
    for (;;) {
      take_from_queue();
      flights_.end_pauses(boot_now());
      flights_.hand_out_slots([this](std::size_t index) { return !is_announced_ahead(index); });
      announce_fetched();
      start_durable();
      if (flights_.empty() && ends_.unrecorded() == 0) return std::move(execution_);
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
  using Stage = Flight::Stage;

  // Towards a start.

  void take_from_queue() {
    while (!stopping_ && flights_.crowd() < options_.jobs * (1 + kAhead) &&
           ends_.unrecorded() < kMostUnrecorded) {
      const auto action = queue_.take();
      if (!action) return;
      flights_.add(*action);
      fetches_.ask(*action, *plan_.actions[*action].package());
    }
  }

  void on_prepared(PreparedPackage prepared) {
    Flight* flight = flights_.find(prepared.action);
    if (flight == nullptr) return;
    const Action& action = plan_.actions[prepared.action];
    if (stopping_) {
      flights_.drop(prepared.action);
    } else if (prepared.workspace) {
      flight->attempt.emplace(action, *std::move(prepared.workspace),
                              options_.purpose.value_or(purpose_of(action.kind)));
      flight->stage = Stage::fetched;
    } else {
      // An attempt that fails before its first program is an attempt all the same.
      parts_.journal.announce(action);
      finish(prepared.action, report_without_programs(
                                  action, PreparationFailed{prepared.workspace.error().message()}));
    }
  }

  /// A crash makes every announced attempt an interrupted one: only those that may simply be tried
  /// again are announced before they have a slot.
  [[nodiscard]] bool is_announced_ahead(std::size_t index) const {
    return plan_.actions[index].package()->idempotent;
  }

  void announce_fetched() {
    for (auto& [index, flight] : flights_.all()) {
      if (flight.stage != Stage::fetched || stopping_) continue;
      if (!flight.has_slot && !is_announced_ahead(index)) continue;
      flight.stage = Stage::announced;
      parts_.journal.announce(plan_.actions[index]);
    }
  }

  void start_durable() {
    if (boot_now() >= deadlines_.last_start) return;
    for (const std::size_t index : flights_.in(Stage::durable)) {
      Flight& flight = flights_.at(index);
      if (!flight.has_slot || must_not_go_on(flight)) continue;
      flight.stage = Stage::running;
      start_step(index, flight);
    }
  }

  /// What has begun goes on to its end, unless the run is stopped by force.
  [[nodiscard]] bool must_not_go_on(const Flight& flight) const {
    if (!flight.attempt->has_begun()) return stopping_;
    return stopped_by_force() || !ends_.record_is_kept();
  }

  void start_step(std::size_t index, Flight& flight) {
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

  void fail_step(std::size_t index, Flight& flight, const std::string& why) {
    flight.attempt->fail_step(why);
    finish(index, flight.attempt->take_report());
  }

  // While it runs.

  void wait() {
    std::vector<pollfd> fds{{parts_.signals.fd(), POLLIN, 0},
                            {parts_.journal.news_fd(), POLLIN, 0},
                            {fetches_.ready_fd(), POLLIN, 0},
                            {parts_.runner.ended_fd(), POLLIN, 0}};
    for (const auto& [index, flight] : flights_.all()) {
      if (flight.stage != Stage::running) continue;
      const auto [out, err] = flight.attempt->outputs();
      for (const int fd : {out, err}) {
        if (fd >= 0) fds.push_back({fd, POLLIN, 0});
      }
    }
    ::poll(fds.data(), fds.size(), longest_wait());
  }

  /// In milliseconds; for ever where nothing pauses.
  [[nodiscard]] int longest_wait() const {
    const auto due = flights_.next_due();
    if (!due) return -1;
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(*due - boot_now());
    return static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(60'000)).count());
  }

  void read_outputs() {
    for (auto& [index, flight] : flights_.all()) {
      if (flight.stage == Stage::running) flight.attempt->drain();
    }
  }

  void on_step_end(const StepEnd& end) {
    const auto step = steps_.find(end.id);
    if (step == steps_.end()) return;
    const std::size_t index = step->second;
    steps_.erase(step);
    Flight& flight = flights_.at(index);
    if (end.by == StepEnd::By::refused) {
      // The next renewal of the lease brings it back.
      flight.attempt->withdraw_step();
      flight.stage = Stage::durable;
      return settle(index, flight);
    }
    flight.attempt->end_step(end);
    if (flight.attempt->is_over()) return finish(index, flight.attempt->take_report());
    if (const auto pause = flight.attempt->pause(); pause.count() > 0) {
      begin_pause(flight, pause);
    } else if (const auto done = flight.attempt->step_to_record()) {
      flight.stage = Stage::recording;
      if (!execution_.fenced) parts_.journal.finish_step(plan_.actions[index], *done);
    } else if (!stopped_by_force()) {
      return start_step(index, flight);
    } else {
      flight.stage = Stage::durable;
    }
    settle(index, flight);
  }

  /// Others run meanwhile, and those that paused at the same time do not all come back together.
  void begin_pause(Flight& flight, std::chrono::milliseconds pause) {
    flights_.release_slot(flight);
    flight.stage = Stage::pausing;
    std::uniform_real_distribution<double> jitter(0.75, 1.25);
    flight.due = boot_now() + std::chrono::duration_cast<BootTime>(pause * jitter(random_));
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
    flights_.drop(index);
    follow(ends_.ended(index, std::move(report)));
  }

  void follow(AttemptEnds::Went went) {
    if (went == AttemptEnds::Went::badly &&
        options_.after_failure == ExecutorOptions::AfterFailure::stop_starting) {
      stop_starting();
    }
  }

  /// Nothing new is started; what was announced and has not begun is reported as not started.
  void stop_starting() {
    stopping_ = true;
    for (const Stage stage :
         {Stage::fetched, Stage::announced, Stage::durable, Stage::recording, Stage::pausing}) {
      for (const std::size_t index : flights_.in(stage)) settle(index, flights_.at(index));
    }
  }

  /// Ends what runs no program now and must not go on.
  void settle(std::size_t index, Flight& flight) {
    if (!must_not_go_on(flight)) return;
    if (flight.stage == Stage::fetched) return flights_.drop(index);
    if (!flight.attempt->has_begun()) return call_off(index);
    if (flight.stage == Stage::pausing) {
      flight.attempt->give_up();
    } else {
      flight.attempt->interrupt(kCutShort);
    }
    finish(index, flight.attempt->take_report());
  }

  void call_off(std::size_t index) {
    flights_.drop(index);
    ends_.called_off(index);
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
    Flight* flight = flights_.find(index_.at(news.address));
    if (flight != nullptr && flight->stage == Stage::announced) flight->stage = Stage::durable;
  }

  void on(const StepDurable& news) {
    Flight* flight = flights_.find(index_.at(news.address));
    if (flight != nullptr && flight->stage == Stage::recording) flight->stage = Stage::durable;
  }

  void on(const EndQueued& news) { follow(ends_.recorded(index_.at(news.address), news.outcome)); }

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
    const Flight* flight = flights_.find(index);
    if (flight == nullptr) return;
    if (flight->stage == Stage::announced) {
      // The announcement was not made, so nothing may follow it.
      flights_.drop(index);
    } else if (flight->stage == Stage::durable && !flight->attempt->has_begun()) {
      call_off(index);
    } else {
      return;
    }
    ends_.block_dependents(index);
  }

  void on(const RecordLost& news) {
    if (execution_.record_lost) return;
    execution_.record_lost = news.why;
    parts_.observer.notice("the record cannot be kept: " + news.why +
                           "; nothing new is started, running steps may end");
    stop_starting();
  }

  void on(const Fenced& news) {
    execution_.fenced = news.why;
    parts_.observer.notice(news.why + "; all steps are ended");
    parts_.runner.stop_all(StopHow::at_once);
    stop_starting();
    ends_.give_up_recording();
  }

  const Plan& plan_;
  const RunFacts& facts_;
  ExecutorParts parts_;
  const ExecutorOptions& options_;
  ReadyQueue queue_;
  Execution execution_;
  AttemptEnds ends_;
  Flights flights_;
  FetchPool fetches_;
  std::map<Address, std::size_t> index_;
  /// Steps that were started and have not ended, by their id.
  std::map<std::uint64_t, std::size_t> steps_;
  std::uint64_t last_step_id_ = 0;
  bool stopping_ = false;
  StepDeadlines deadlines_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace

Execution execute(const Plan& plan, const RunFacts& facts, PackageFetcher fetch,
                  const ExecutorParts& parts, const ExecutorOptions& options) {
  return Executor(plan, facts, std::move(fetch), parts, options).run();
}

}  // namespace cemli
