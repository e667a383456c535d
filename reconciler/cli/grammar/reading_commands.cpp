#include "reconciler/cli/grammar/grammar.h"

namespace cemli {
namespace {

void add_history(Grammar& grammar) {
  auto [history, history_command] = grammar.add<HistoryCommand>(
      grammar.root(), "history", "Shows runs and operators' words, newest first",
      "cemli history -e prod\n  cemli history gl-base -e prod --limit 100");
  history.add_option("ADDRESS", history_command.address, "Only what happened to this one");
  history.add_option("--limit", history_command.limit, "How many to show; default: 20")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  add_json(history, history_command.output);
  auto [diff, diff_command] = grammar.add<DiffCommand>(
      grammar.root(), "diff", "Shows what differs between runs, commits or environments",
      "cemli diff HEAD~1 HEAD -e prod\n  cemli diff 20261123T0641 latest -e prod\n"
      "  cemli diff --from test --to prod");
  CLI::Option& sides =
      *diff.add_option("SIDE", diff_command.sides,
                       "A run (its id or latest): what it left; or a commit: what it desires")
           ->expected(2);
  CLI::Option& from =
      *diff.add_option("--from", diff_command.from, "An environment: what is recorded of it")
           ->type_name("ENV")
           ->excludes(&sides);
  CLI::Option& to = *diff.add_option("--to", diff_command.to, "The environment to compare it with")
                         ->type_name("ENV")
                         ->needs(&from);
  from.needs(&to);
  add_json(diff, diff_command.output);
}

void add_runs(Grammar& grammar) {
  auto [status, status_command] =
      grammar.add<StatusCommand>(grammar.root(), "status", "Shows where an environment stands",
                                 "cemli status -e dev\n  cemli status --all");
  status.add_flag_callback(
      "--all",
      [&status_command = status_command] { status_command.scope = StatusCommand::Scope::all; },
      "All environments beside each other: versions, since when, and what is ahead of what");
  add_json(status, status_command.output);
  auto [show, show_command] = grammar.add<ShowCommand>(
      grammar.root(), "show", "Shows a run: who, when, what came of each package",
      "cemli show latest -e dev");
  show.add_option("RUN", show_command.run, "A run's id, or latest")->required();
  add_json(show, show_command.output);
  auto [logs, logs_command] = grammar.add<LogsCommand>(
      grammar.root(), "logs", "Shows what a package's steps printed in a run",
      "cemli logs latest gl-approval-config -e dev");
  logs.add_option("RUN", logs_command.run, "A run's id, or latest")->required();
  add_address(logs, logs_command.address);
  add_json(logs, logs_command.output);
}

void add_graph(Grammar& grammar) {
  auto [graph, command] = grammar.add<GraphCommand>(grammar.root(), "graph",
                                                    "Prints what depends on what, for Graphviz",
                                                    "cemli graph -e dev | dot -Tsvg > dev.svg");
  add_revision(graph, command.revision);
}

void add_audit(Grammar& grammar) {
  CLI::App& audit =
      grammar.add_group("audit", "Checks and exports the record", "cemli audit verify -e prod");
  auto [verify, verify_command] = grammar.add<AuditVerifyCommand>(
      audit, "verify", "Checks the log's chain, its checkpoints and all evidence",
      "cemli audit verify -e prod\n  cemli audit verify -e prod --anchor plan-of-last-month.json");
  verify
      .add_option("--anchor", verify_command.anchors,
                  "A head of the log that was seen elsewhere, or a file that names one: a plan, a "
                  "run's result, an export")
      ->type_name("SEQ:HASH|FILE")
      ->expected(1)
      ->take_all();
  add_json(verify, verify_command.output);
  auto [exporting, export_command] = grammar.add<AuditExportCommand>(
      audit, "export", "Writes a run's part of the log and its evidence into one archive",
      "cemli audit export latest -e prod -o change-4711.tar");
  exporting.add_option("RUN", export_command.run, "A run's id, or latest")->required();
  exporting.add_option("-o,--out", export_command.output, "The archive; default: RUN.tar")
      ->type_name("FILE");
}

}  // namespace

void add_reading_commands(Grammar& grammar) {
  grammar.add<ValidateCommand>(grammar.root(), "validate",
                               "Checks an environment, as it stands in the working tree",
                               "cemli validate -e dev");
  add_plan_command(grammar);
  add_graph(grammar);
  add_runs(grammar);
  add_history(grammar);
  add_audit(grammar);
  grammar.add<VersionCommand>(grammar.root(), "version", "Prints the version", "cemli version");
  for (const char* later : {"rollback", "completion"})
    grammar.add_later(grammar.root(), "", later);
}

}  // namespace cemli
