#include "reconciler/cli/commands/run_session.h"

#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "reconciler/cli/commands/recorded_packages.h"
#include "reconciler/cli/commands/run_surroundings.h"
#include "reconciler/cli/commands/zip_check.h"
#include "reconciler/cli/head_signing.h"
#include "reconciler/execute/executor.h"
#include "reconciler/execute/warden.h"
#include "reconciler/record/recorder.h"
#include "reconciler/report/progress.h"

namespace cemli {
namespace {

/// One run: what lives from its warden's fork to its end.
class RunSession {
 public:
  RunSession(EnvironmentContext& context, const Planning& planning, const RunOptions& options,
             Streams& streams, RunSurroundings surroundings, std::unique_ptr<Warden> warden)
      : context_(context),
        planning_(planning),
        options_(options),
        streams_(streams),
        surroundings_(std::move(surroundings)),
        warden_(std::move(warden)),
        run_(new_run_id()),
        writer_(this_writer(run_)) {}

  Result<SessionEnd> run() {
    const auto replaced = planning_.reading.state.active_run;
    auto start = start_run(*context_.state, planning_.reading, started(), writer_, note());
    if (!start) {
      // It may be a run that started while this one was being approved.
      if (start.error().code() == ErrorCode::locked) return SessionEnd(Outrun{});
      return std::move(start).error();
    }
    auto* lease = std::get_if<Lease>(&*start);
    if (lease == nullptr) return SessionEnd(Outrun{});
    if (replaced) remove_work_of(replaced->started.run);
    return carry_out(std::move(*lease));
  }

 private:
  RunStarted started() const {
    const Plan& plan = planning_.plan;
    return {run_,
            plan.commit,
            plan.desired,
            plan.policy,
            plan.digest(),
            options_.why,
            context_.settings.lease,
            {boot_id(), pid_namespace(), current_process(), warden_->process()},
            plan.approvals};
  }

  std::function<void(const std::string&)> note() {
    return [this](const std::string& text) { streams_.err << "note: " << text << std::endl; };
  }

  Result<SessionEnd> carry_out(Lease lease) {
    const Plan& plan = planning_.plan;
    auto ground = make_ground(surroundings_, plan.environment, run_, lease.fence());
    auto recorder = make_recorder(
        std::move(lease),
        {*context_.state, *context_.results, context_.cache, context_.spools, *context_.retries},
        planning_.desired, plan, record_facts());
    if (!recorder) return std::move(recorder).error();
    const auto observer = make_plain_progress(streams_.out, streams_.out_style, wall_now);
    Execution execution;
    if (ground) {
      observer->run_started(run_, plan);
      ExecutorOptions options{options_.jobs,
                              options_.fail_fast ? ExecutorOptions::AfterFailure::stop_starting
                                                 : ExecutorOptions::AfterFailure::go_on,
                              ground->work.path()};
      execution = execute(plan, ground->facts, fetcher_from(*context_.packages),
                          {*warden_, **recorder, *observer, signals_}, options);
    }
    auto record = (*recorder)->finish(execution);
    if (!record) return std::move(record).error();
    if (!ground) return std::move(ground).error();
    SessionEnd end = summarize(plan, execution, *record);
    if (auto signed_head = sign_head(*context_.results, record->recorded); !signed_head) {
      const Error& error = signed_head.error();
      note()(fmt::format("the log's head is not signed: {}{}", error.message(),
                         error.hint() ? "\n  " + *error.hint() : ""));
    }
    return end;
  }

  SessionEnd summarize(const Plan& plan, const Execution& execution, const RunRecord& record) {
    const LastRun& last = *record.recorded.last_run;
    streams_.out << run_summary_text({run_, plan.environment, record.outcome, record.counts,
                                      last.end - last.start, record.converged},
                                     streams_.out_style)
                 << std::flush;
    return RunEnd{status_of(execution, record.counts), record.counts, last.result};
  }

  static ExitStatus status_of(const Execution& execution, const RunCounts& counts) {
    if (execution.signal) return exit_status_of_signal(*execution.signal);
    const bool failed =
        counts.failed + counts.error + counts.interrupted + counts.blocked + counts.not_started > 0;
    if (failed) return ExitStatus::failed;
    // Without its warden nothing more was tried.
    return execution.runner_lost ? ExitStatus::error : ExitStatus::done;
  }

  RunRecordFacts record_facts() const {
    return {planning_.plan.environment,
            run_,
            planning_.plan.commit,
            planning_.plan.digest(),
            display_name(writer_),
            writer_.host,
            writer_.version,
            surroundings_.digests(),
            context_.packages->address(),
            secret_references(planning_.desired.secrets, surroundings_.secrets.versions),
            surroundings_.masks,
            planning_.plan.approvals,
            policy_document(context_.settings.policy, context_.settings.signers),
            context_.settings.signers.allowed,
            context_.settings.signers.revoked};
  }

  EnvironmentContext& context_;
  const Planning& planning_;
  const RunOptions& options_;
  Streams& streams_;
  RunSurroundings surroundings_;
  std::unique_ptr<Warden> warden_;
  StopSignals signals_;
  RunId run_;
  Writer writer_;
};

/// `stale` where a secret got a new version behind the plan: what would be recorded is not what the
/// steps would get.
Result<void> check_versions(const Plan& plan, const SecretVersions& now) {
  for (const Action& action : plan.actions) {
    if (!runs_programs(action.kind) || !action.desired) continue;
    const auto moved = moved_secrets(*action.desired, now);
    if (moved.empty()) continue;
    return Error(ErrorCode::stale,
                 fmt::format("the secret '{}' of '{}' is {} now, which is not what was planned; "
                             "nothing was done",
                             moved.front(), action.address.text(), now.at(moved.front())))
        .with_hint("plan again: cemli plan -e " + plan.environment);
  }
  return {};
}

}  // namespace

Result<SessionEnd> run_plan(EnvironmentContext& context, Planning& planning,
                            const RunOptions& options, Streams& streams) {
  if (auto kept = keep_out_of_git(context.repository, context.settings); !kept)
    return std::move(kept).error();
  if (auto found = find_removed(context, planning); !found) return std::move(found).error();
  auto surroundings = read_surroundings(context, planning.plan);
  if (!surroundings) return std::move(surroundings).error();
  if (auto checked = check_versions(planning.plan, surroundings->secrets.versions); !checked)
    return std::move(checked).error();
  auto warden = fork_warden();
  if (!warden) return std::move(warden).error();
  if (auto checked = check_zips(context, planning.plan); !checked)
    return std::move(checked).error();
  return RunSession(context, planning, options, streams, *std::move(surroundings),
                    *std::move(warden))
      .run();
}

}  // namespace cemli
