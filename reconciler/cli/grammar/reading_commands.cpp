#include "reconciler/cli/grammar/grammar.h"

namespace cemli {
namespace {

void add_plan(Grammar& grammar) {
  auto [plan, command] = grammar.add<PlanCommand>(
      grammar.root(), "plan", "Shows what apply would do, and why",
      "cemli plan -e dev\n  cemli plan -e prod --ref release-42 --format json");
  add_revision(plan, command.revision);
  plan.add_option(
          "--format",
          [&grammar, &command = command](const CLI::results_t& values) {
            const std::string& format = values.front();
            if (format == "markdown") {
              grammar.refuse("plan --format " + format);
            } else if (format == "json") {
              command.format = PlanCommand::Format::json;
            } else if (format == "dot") {
              command.format = PlanCommand::Format::dot;
            } else if (format != "text") {
              throw CLI::ValidationError("--format", "is text, json or dot, not '" + format + "'");
            }
            return true;
          },
          "text, json or dot (for Graphviz)")
      ->type_name("FORMAT");
  plan.add_flag_callback(
      "--detailed-exitcode",
      [&command = command] { command.exit_code = PlanCommand::ExitCode::detailed; },
      "Exit with 2 where there is something to do");
  plan.add_option("-o,--out", command.save_to, "Save the plan, for: cemli apply FILE")
      ->type_name("FILE");
  add_selection(plan, command.selection);
  plan.add_flag_callback(
          "--working-tree",
          [&command = command] { command.source = PlanCommand::Source::working_tree; },
          "Read the files as they are on disk, committed or not")
      ->excludes("--ref");
}

void add_runs(Grammar& grammar) {
  auto [status, status_command] = grammar.add<StatusCommand>(
      grammar.root(), "status", "Shows where an environment stands", "cemli status -e dev");
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

}  // namespace

void add_reading_commands(Grammar& grammar) {
  grammar.add<ValidateCommand>(grammar.root(), "validate",
                               "Checks an environment, as it stands in the working tree",
                               "cemli validate -e dev");
  add_plan(grammar);
  add_graph(grammar);
  add_runs(grammar);
  CLI::App& audit = grammar.add_group("audit", "Checks the record", "cemli audit verify -e prod");
  auto [verify, command] = grammar.add<AuditVerifyCommand>(
      audit, "verify", "Checks the log's chain, its checkpoints and all evidence",
      "cemli audit verify -e prod");
  add_json(verify, command.output);
  grammar.add_later(audit, "audit ", "export");
  grammar.add<VersionCommand>(grammar.root(), "version", "Prints the version", "cemli version");
  for (const char* later : {"init", "promote", "approve", "history", "diff", "drift", "rollback",
                            "doctor", "store", "completion"})
    grammar.add_later(grammar.root(), "", later);
}

}  // namespace cemli
