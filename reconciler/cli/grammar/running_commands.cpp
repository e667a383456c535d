#include <algorithm>
#include <thread>

#include "reconciler/cli/grammar/grammar.h"
#include "state/base/clock.h"

namespace cemli {

namespace {

void add_jobs(CLI::App& sub, std::size_t& jobs) {
  jobs = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  sub.add_option("-j,--jobs", jobs, "Packages that run at once; default: the number of cores")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
}

void add_run_options(CLI::App& sub, RunOptions& run) {
  add_jobs(sub, run.jobs);
  sub.add_flag("--fail-fast", run.fail_fast, "Start nothing more after the first failure");
  sub.add_flag("--first-run", run.first_run,
               "Nothing was ever recorded of the environment, and that is right");
  sub.add_option("--why", run.why, "Recorded with the run")->type_name("TEXT");
}

void add_lock_timeout(CLI::App& sub, std::chrono::milliseconds& lock_timeout) {
  add_duration(sub, "--lock-timeout", lock_timeout,
               "How long to wait for another run, such as 10m; default: 0");
}

void add_apply(Grammar& grammar) {
  auto [apply, command] = grammar.add<ApplyCommand>(
      grammar.root(), "apply", "Plans, asks, and runs what is missing or changed",
      "cemli apply -e dev\n  cemli apply -e test --auto-approve -j 4 --lock-timeout 10m");
  add_revision(apply, command.revision);
  apply.add_flag_callback(
      "--auto-approve", [&command = command] { command.approval = ApplyCommand::Approval::given; },
      "Do not ask");
  add_run_options(apply, command.run);
  add_lock_timeout(apply, command.lock_timeout);
  apply.add_option("PLAN", command.plan,
                   "A plan saved with 'cemli plan -o': do this and nothing else, without asking");
  add_selection(apply, command.selection);
  CLI::Option& dry_run = *apply.add_flag_callback(
      "--dry-run",
      [&command = command] { command.dry_run = command.dry_run.value_or(Output::text); },
      "Change nothing: let packages tell what they would do, by their step 'dry_run'");
  apply
      .add_flag_callback(
          "--json", [&command = command] { command.dry_run = Output::json; },
          "With --dry-run: print the plan, with what packages told, as JSON")
      ->needs(&dry_run);
}

void add_approve(Grammar& grammar) {
  auto [approve, command] = grammar.add<ApproveCommand>(
      grammar.root(), "approve", "Signs a plan: your word that it may be carried out, once",
      "cemli approve prod.plan --key ~/.ssh/id_ed25519\n  cemli approve 3f9ac1b2d4e6 -e prod --ref "
      "origin/promote-4711");
  approve
      .add_option("PLAN", command.plan,
                  "A plan saved with 'cemli plan -o', or the first 12 digits of a plan's digest")
      ->required();
  add_revision(approve, command.revision);
  add_signing_key(approve, command.key);
  approve.add_flag_callback(
      "--yes", [&command = command] { command.question = ApproveCommand::Question::answered; },
      "Do not ask");
}

void add_reconcile(Grammar& grammar) {
  auto [reconcile, command] = grammar.add<ReconcileCommand>(
      grammar.root(), "reconcile",
      "Applies without asking, once or again and again; what failed is left until it changes",
      "cemli reconcile -e dev --once\n  cemli reconcile -e dev --interval 5m --notify "
      "'./tell-the-team'");
  add_revision(reconcile, command.revision);
  CLI::App& how_often = *reconcile.add_option_group("How often");
  how_often.add_flag_callback(
      "--once", [&command = command] { command.interval.reset(); },
      "Plan and apply once, then end");
  how_often
      .add_option(
          "--interval",
          [&command = command](const CLI::results_t& values) {
            auto interval = parse_duration(values.front());
            if (!interval) throw CLI::ValidationError("--interval", interval.error().message());
            command.interval = *interval;
            return true;
          },
          "Again and again with this pause, such as 5m, until a signal")
      ->type_name("TIME");
  how_often.require_option(1);
  reconcile
      .add_option("--notify", command.notify,
                  "Run by the shell after each run, with the run's result on standard input")
      ->type_name("COMMAND");
  add_run_options(reconcile, command.run);
  add_lock_timeout(reconcile, command.lock_timeout);
}

void add_drift(Grammar& grammar) {
  auto [drift, command] = grammar.add<DriftCommand>(
      grammar.root(), "drift",
      "Looks whether the target still is as it was left, by packages' step 'check'",
      "cemli drift -e prod\n  cemli drift gl-approval-config -e prod --json");
  drift.add_option("ADDRESS", command.addresses, "Only these; default: all that can be looked at");
  add_jobs(drift, command.jobs);
  add_json(drift, command.output);
}

}  // namespace

void add_running_commands(Grammar& grammar) {
  add_apply(grammar);
  add_approve(grammar);
  add_reconcile(grammar);
  add_drift(grammar);
}

}  // namespace cemli
