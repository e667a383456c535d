#include "reconciler/record/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "reconciler/plan/plan_codec.h"
#include "reconciler/record/log_thread.h"
#include "reconciler/record/run_result.h"
#include "state/log.h"
#include "state/object_names.h"

namespace cemli {
namespace {

constexpr std::size_t kEvidenceThreads = 2;
constexpr std::size_t kMostInGroup = 64;

class RunRecorder final : public Recorder {
 public:
  RunRecorder(Lease lease, RecordStores stores, const DesiredState& desired, const Plan& plan,
              RunRecordFacts facts, ObjectReference plan_object)
      : stores_(stores),
        desired_(desired),
        plan_(plan),
        facts_(std::move(facts)),
        plan_object_(std::move(plan_object)),
        start_(lease.recorded().active_run->start),
        lease_(lease.times().length),
        log_(std::move(lease), news_) {
    for (const Action& action : plan_.actions) actions_.emplace(action.address, &action);
    forget_addresses();
    for (std::size_t i = 0; i < kEvidenceThreads; ++i) threads_.emplace_back([this] { work(); });
  }

  ~RunRecorder() override { end_pool(); }

  void announce(const Action& start) override {
    const DesiredPackage& package = *start.package();
    log_.queue(PackageStarted{start.kind, start.attempt, package.identity, package.depends_on,
                              package.abilities, start.done});
  }

  void finish_step(const Action& action, const std::string& label) override {
    log_.queue(StepFinished{action.address, action.attempt, label});
  }

  void report(AttemptReport report) override {
    {
      const std::lock_guard lock(mutex_);
      reports_.push_back(std::move(report));
    }
    reports_changed_.notify_one();
  }

  std::vector<JournalNews> take_news() override { return news_.take(); }
  int news_fd() const override { return news_.fd(); }

  Result<RunRecord> finish(const Execution& execution) override {
    end_pool();
    auto lease = log_.finish();
    if (execution.fenced) return Error(ErrorCode::locked, *execution.fenced);
    if (!lease) return std::move(lease).error();
    if (execution.record_lost) return Error(ErrorCode::unavailable, *execution.record_lost);
    return end_run(*lease, execution);
  }

 private:
  /// Addresses of which nothing was ever done leave the record with the plan that says so.
  void forget_addresses() {
    for (const Action& action : plan_.actions) {
      if (action.kind == ActionKind::forget)
        log_.queue(PackageForgotten{action.address, "not desired, and never succeeded"});
    }
  }

  // Evidence: the pool's side.

  void work() {
    for (;;) {
      std::vector<AttemptReport> group = next_group();
      if (group.empty()) return;
      record(std::move(group));
    }
  }

  std::vector<AttemptReport> next_group() {
    std::unique_lock lock(mutex_);
    reports_changed_.wait(lock, [this] { return ending_ || !reports_.empty(); });
    const auto end =
        reports_.begin() + static_cast<std::ptrdiff_t>(std::min(reports_.size(), kMostInGroup));
    std::vector<AttemptReport> group(std::make_move_iterator(reports_.begin()),
                                     std::make_move_iterator(end));
    reports_.erase(reports_.begin(), end);
    return group;
  }

  void record(std::vector<AttemptReport> group) {
    std::vector<PackedEvidence> packed;
    std::vector<std::optional<ObjectReference>> references;
    for (AttemptReport& report : group) {
      references.emplace_back();
      if (kind_of(report.outcome) == OutcomeKind::not_started) continue;
      packed.push_back(pack(report));
      references.back() = packed.back().reference();
    }
    auto written = write_patiently(
        boot_now() + lease_, [&packed, this] { return write_evidence(stores_.results, packed); });
    if (!written) {
      if (log_.is_usable()) news_.post(RecordLost{written.error().message()});
      return;
    }
    for (std::size_t i = 0; i < group.size(); ++i) queue_end(group[i], std::move(references[i]));
  }

  void queue_end(const AttemptReport& report, std::optional<ObjectReference> evidence) {
    PackageFinished event{
        report.address, report.attempt, kind_of(report.outcome), summary_of(report.outcome),
        report.start,   report.end,     std::move(evidence)};
    if (log_.queue(event)) note(std::move(event));
    news_.post(EndQueued{report.address, report.outcome});
  }

  /// What cannot be packed (an artifact that is no file) must not leave the attempt without
  /// evidence; a success it is not then.
  PackedEvidence pack(AttemptReport& report) {
    const Action& action = *actions_.at(report.address);
    auto packed = pack_evidence(report, action, facts_);
    if (packed) return *std::move(packed);
    report.folder.reset();
    if (kind_of(report.outcome) == OutcomeKind::succeeded)
      report.outcome = Failed{"evidence: " + packed.error().message()};
    auto without_files = pack_evidence(report, action, facts_);
    return without_files ? *std::move(without_files) : PackedEvidence{};
  }

  /// Tries again until `give_up`: heartbeats go on meanwhile, so the tries need a bound of their
  /// own.
  Result<void> write_patiently(BootTime give_up, const std::function<Result<void>()>& write) {
    std::minstd_rand random(std::random_device{}());
    for (int attempt = 0;; ++attempt) {
      auto written = write();
      if (written || written.error().code() == ErrorCode::conflict || boot_now() > give_up ||
          !log_.is_usable()) {
        return written;
      }
      const int longest = std::min(1000, 50 << std::min(attempt, 5));
      std::uniform_int_distribution<int> pause(longest / 2, longest);
      std::this_thread::sleep_for(std::chrono::milliseconds(pause(random)));
    }
  }

  void note(PackageFinished event) {
    const std::lock_guard lock(mutex_);
    const Address address = event.address;
    ended_.insert_or_assign(address, std::move(event));
  }

  void end_pool() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    reports_changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // The run's end.

  Result<RunRecord> end_run(Lease& lease, const Execution& execution) {
    const RunResult result = compose_run_result(facts_, plan_, plan_object_, start_, ended_,
                                                execution, lease.recorded());
    const std::string bytes = encode_run_result(result);
    const ObjectReference reference{run_result_key(facts_.environment, facts_.run),
                                    Digest::of(bytes)};
    auto written = write_patiently(
        lease.times().kill(), [&] { return write_object(stores_.results, reference.key, bytes); });
    if (!written) return std::move(written).error().while_doing("writing the run's result");
    auto converged =
        append_end(lease, {facts_.run, result.outcome, result.counts, false, reference});
    if (!converged) return std::move(converged).error();
    RunRecord record{result.outcome, result.counts, *converged, {}};
    LogReading& reading = lease.reading();
    if (reading.debt.is_due()) {
      // Without a checkpoint the next reader only takes longer.
      static_cast<void>(write_checkpoint(stores_.state, reading));
    }
    stores_.cache.keep(stores_.state.address(), {reading.state, reading.debt});
    record.recorded = reading.state;
    return record;
  }

  /// Whether the environment is converged; an operator's word may come before the run's last one.
  Result<bool> append_end(Lease& lease, RunFinished event) const {
    for (;;) {
      event.converged = is_converged(desired_, lease.recorded());
      auto outcome = lease.append({Event(event)});
      if (!outcome) return std::move(outcome).error().while_doing("ending the run");
      if (std::holds_alternative<AppendDone>(*outcome)) return event.converged;
    }
  }

  RecordStores stores_;
  const DesiredState& desired_;
  const Plan& plan_;
  RunRecordFacts facts_;
  ObjectReference plan_object_;
  Timestamp start_;
  BootTime lease_;
  std::map<Address, const Action*> actions_;
  NewsQueue news_;
  LogThread log_;
  std::mutex mutex_;
  std::condition_variable reports_changed_;
  std::deque<AttemptReport> reports_;
  std::map<Address, PackageFinished> ended_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

bool is_converged(const DesiredState& desired, const RecordedState& recorded) {
  return std::all_of(desired.packages.begin(), desired.packages.end(), [&](const auto& item) {
    const auto found = recorded.addresses.find(item.first);
    return found != recorded.addresses.end() && found->second.status == Status::succeeded &&
           found->second.last_success->identity == item.second.identity;
  });
}

Result<std::unique_ptr<Recorder>> make_recorder(Lease lease, RecordStores stores,
                                                const DesiredState& desired, const Plan& plan,
                                                RunRecordFacts facts) {
  const std::string bytes = encode_plan(plan);
  ObjectReference reference{plan_key(facts.environment, facts.run), Digest::of(bytes)};
  if (auto written = write_object(stores.results, reference.key, bytes); !written) {
    // Nothing was run, so the run ends here and does not wait to be found dead.
    static_cast<void>(
        lease.append({Event(RunFinished{facts.run, "failed", {}, false, std::nullopt})}));
    return std::move(written).error().while_doing("writing the plan as evidence");
  }
  return std::unique_ptr<Recorder>(std::make_unique<RunRecorder>(
      std::move(lease), stores, desired, plan, std::move(facts), std::move(reference)));
}

}  // namespace cemli
