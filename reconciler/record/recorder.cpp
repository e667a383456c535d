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
#include "reconciler/record/run_spool.h"
#include "state/log.h"
#include "state/object_names.h"
#include "state/store/write_once.h"

namespace cemli {
namespace {

constexpr std::size_t kEvidenceThreads = 2;
constexpr std::size_t kMostInGroup = 64;

bool is_as_desired(const DesiredPackage& desired, const RecordedState& recorded) {
  const auto found = recorded.addresses.find(desired.identity.address);
  return found != recorded.addresses.end() && found->second.status == Status::succeeded &&
         found->second.last_success->identity == desired.identity;
}

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
        spool_(stores_.spools, *lease.recorded().log, facts_.run),
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
    LogEnd end = log_.finish();
    if (execution.fenced) return Error(ErrorCode::locked, *execution.fenced);
    if (end.failure && end.failure->code() == ErrorCode::locked) return *std::move(end.failure);
    const RunResult result =
        compose_run_result(facts_, plan_, plan_object_, start_, ended_, execution,
                           end.lease.recorded(), stores_.retries.taken());
    const std::string bytes = encode_run_result(result);
    RunFinished last{
        facts_.run, result.outcome, result.counts, false,
        ObjectReference{run_result_key(facts_.environment, facts_.run), Digest::of(bytes)}};
    if (end.failure) return spool(std::move(end), last, bytes);
    if (!spool_.has_kept()) {
      auto record = end_run(end.lease, last, bytes);
      if (record || record.error().code() == ErrorCode::locked) return record;
      end.failure = std::move(record).error();
    } else {
      end.failure =
          Error(ErrorCode::unavailable, execution.record_lost.value_or("evidence is lost"));
    }
    return spool(std::move(end), last, bytes);
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
      // What failed before its first program may end before its start is recorded, and evidence of
      // a start that never is would be of nothing.
      if (!log_.await_start(report.address)) continue;
      packed.push_back(pack(report));
      references.back() = packed.back().reference();
    }
    // Once the results were given up, they are asked once more each time.
    const BootTime give_up = spool_.has_kept() ? boot_now() : boot_now() + lease_;
    auto written = write_patiently(
        give_up, [&packed, this] { return write_evidence(stores_.results, packed); });
    if (!written) {
      if (log_.is_usable()) news_.post(RecordLost{written.error().message()});
      spool_.keep(packed);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      const AttemptReport& report = group[i];
      PackageFinished event{
          report.address, report.attempt, kind_of(report.outcome), summary_of(report.outcome),
          report.start,   report.end,     std::move(references[i])};
      // Without its evidence an end may not be in the log.
      if (!written) spool_.keep(Event(event));
      if (!written || log_.queue(event)) note(std::move(event));
      news_.post(EndQueued{report.address, report.outcome});
    }
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

  Result<RunRecord> end_run(Lease& lease, RunFinished& last, const std::string& result) {
    auto written = write_patiently(lease.times().kill(), [&] {
      return write_once(stores_.results, last.result->key, result);
    });
    if (!written) return std::move(written).error().while_doing("writing the run's result");
    if (auto appended = append_end(lease, last); !appended) return std::move(appended).error();
    RunRecord record{last.outcome, last.counts, last.converged, {}};
    LogReading& reading = lease.reading();
    if (reading.debt.is_due()) {
      // Without a checkpoint the next reader only takes longer.
      static_cast<void>(write_checkpoint(stores_.state, reading));
    }
    stores_.cache.keep(stores_.state.address(), {reading.state, reading.debt});
    record.recorded = reading.state;
    return record;
  }

  /// Appends the run's last words; an operator's may come before them, which may change whether
  /// the environment is converged.
  Result<void> append_end(Lease& lease, RunFinished& last) const {
    for (;;) {
      last.converged = may_converge() && is_converged(desired_, lease.recorded());
      auto outcome = lease.append({Event(last)});
      if (!outcome) return std::move(outcome).error().while_doing("ending the run");
      if (std::holds_alternative<AppendDone>(*outcome)) return {};
    }
  }

  /// A part of a plan records no rules that have changed: what was left out of it would then be
  /// judged by them alone.
  [[nodiscard]] bool may_converge() const {
    return !plan_.policy_change || !plan_.selection.is_partial();
  }

  /// Whether every desired address is as desired once all that has ended is recorded.
  [[nodiscard]] bool will_converge(const RecordedState& recorded) const {
    return may_converge() &&
           std::all_of(desired_.packages.begin(), desired_.packages.end(), [&](const auto& item) {
             const auto ended = ended_.find(item.first);
             if (ended != ended_.end()) return ended->second.outcome == OutcomeKind::succeeded;
             return is_as_desired(item.second, recorded);
           });
  }

  /// Keeps on this machine what the stores did not take.
  Error spool(LogEnd end, RunFinished last, const std::string& result) {
    const RecordedState& recorded = end.lease.recorded();
    // The result may be in its store already, and is then found there to be the same.
    spool_.keep(last.result->key, result);
    last.converged = will_converge(recorded);
    Spool spool{facts_.environment, {}, {}, *recorded.head};
    spool.why = end.failure->message();
    if (const auto& unknown = end.lease.unknown()) spool.unknown = unknown->bytes;
    spool.events = std::move(end.unsent);
    spool.events.emplace_back(std::move(last));
    auto folder = spool_.publish(std::move(spool));
    if (!folder) {
      return Error(end.failure->code(),
                   fmt::format("{}; what was run and is not recorded could not be kept on this "
                               "machine either, and counts as interrupted: {}",
                               end.failure->message(), folder.error().message()));
    }
    return Error(
               ErrorCode::spooled,
               fmt::format("it ran, but its record could not be kept: {}; it waits on this machine "
                           "in '{}'",
                           end.failure->message(), folder->string()))
        .with_hint("cemli state replay -e " + facts_.environment);
  }

  RecordStores stores_;
  const DesiredState& desired_;
  const Plan& plan_;
  RunRecordFacts facts_;
  ObjectReference plan_object_;
  Timestamp start_;
  BootTime lease_;
  RunSpool spool_;
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
  return std::all_of(desired.packages.begin(), desired.packages.end(),
                     [&](const auto& item) { return is_as_desired(item.second, recorded); });
}

namespace {

/// Operators' words may come before it.
void end_without_a_result(Lease& lease, const RunId& run) {
  for (;;) {
    auto outcome = lease.append({Event(RunFinished{run, "failed", {}, false, std::nullopt})});
    if (!outcome || std::holds_alternative<AppendDone>(*outcome)) return;
  }
}

}  // namespace

Result<std::unique_ptr<Recorder>> make_recorder(Lease lease, RecordStores stores,
                                                const DesiredState& desired, const Plan& plan,
                                                RunRecordFacts facts) {
  const std::string bytes = encode_plan(plan);
  ObjectReference reference{plan_key(facts.environment, facts.run), Digest::of(bytes)};
  std::vector<NewObject> basis{{reference.key, bytes},
                               {policy_key(facts.environment, facts.run), facts.policy}};
  if (facts.allowed_signers)
    basis.push_back({allowed_signers_key(facts.environment, facts.run), *facts.allowed_signers});
  if (facts.revoked_keys)
    basis.push_back({revoked_keys_key(facts.environment, facts.run), *facts.revoked_keys});
  if (auto written = write_once(stores.results, basis); !written) {
    // Nothing was run, so the run ends here and does not wait to be found dead.
    end_without_a_result(lease, facts.run);
    return std::move(written).error().while_doing("writing the plan as evidence");
  }
  return std::unique_ptr<Recorder>(std::make_unique<RunRecorder>(
      std::move(lease), stores, desired, plan, std::move(facts), std::move(reference)));
}

}  // namespace cemli
