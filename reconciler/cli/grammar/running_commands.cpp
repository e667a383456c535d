#include <algorithm>
#include <thread>

#include "reconciler/cli/grammar/grammar.h"

namespace cemli {

void add_running_commands(Grammar& grammar) {
  auto [apply, command] = grammar.add<ApplyCommand>(
      grammar.root(), "apply", "Plans, asks, and runs what is missing or changed",
      "cemli apply -e dev\n  cemli apply -e test --auto-approve -j 4 --lock-timeout 10m");
  add_revision(apply, command.revision);
  apply.add_flag_callback(
      "--auto-approve", [&command = command] { command.approval = ApplyCommand::Approval::given; },
      "Do not ask");
  command.jobs = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  apply
      .add_option("-j,--jobs", command.jobs,
                  "Packages that run at once; default: the number of cores")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  add_duration(apply, "--lock-timeout", command.lock_timeout,
               "How long to wait for another run, such as 10m; default: 0");
  apply.add_flag("--fail-fast", command.fail_fast, "Start nothing more after the first failure");
  apply.add_option("--why", command.why, "Recorded with the run")->type_name("TEXT");
  apply.add_option("PLAN", command.plan,
                   "A plan saved with 'cemli plan -o': do this and nothing else, without asking");
  add_selection(apply, command.selection);
  grammar.add_later_flag(apply, "--dry-run");
  grammar.add_later_flag(apply, "--first-run");
  for (const char* later : {"lock", "reconcile"}) grammar.add_later(grammar.root(), "", later);
}

}  // namespace cemli
