#include <limits>

#include "reconciler/cli/grammar/grammar.h"

namespace cemli {
namespace {

using Format = PlanCommand::Format;

void add_format(CLI::App& plan, PlanCommand& command) {
  plan.add_option(
          "--format",
          [&command](const CLI::results_t& values) {
            const std::string& format = values.front();
            if (format == "markdown") {
              command.format = Format::markdown;
            } else if (format == "json") {
              command.format = Format::json;
            } else if (format == "dot") {
              command.format = Format::dot;
            } else if (format != "text") {
              throw CLI::ValidationError("--format",
                                         "is text, json, markdown or dot, not '" + format + "'");
            }
            return true;
          },
          "text, json, markdown (for a comment on a request) or dot (for Graphviz)")
      ->type_name("FORMAT");
}

/// What somebody asks to be merged.
void add_request(CLI::App& plan, PlanCommand& command) {
  CLI::Option& base =
      *plan.add_option_function<std::string>(
               "--base",
               [&command](const std::string& revision) {
                 if (!command.request) command.request.emplace();
                 command.request->base = revision;
               },
               "Show what merging --head into this changes, apart from what is pending anyway;\n"
               "in all environments that it touches, or in that of -e")
           ->type_name("REV");
  plan.add_option_function<std::string>(
          "--head",
          [&command](const std::string& head) {
            if (!command.request) command.request.emplace();
            command.request->head = head;
          },
          "What is to be merged; default: HEAD")
      ->type_name("REV")
      ->needs(&base);
  for (const char* other : {"--ref", "--working-tree", "--target", "--exclude"})
    base.excludes(plan.get_option(other));
}

void add_comment(CLI::App& plan, PlanCommand& command) {
  CLI::Option& comment = *plan.add_flag_callback(
      "--comment",
      [&command, &plan] {
        const CLI::Option& format = *plan.get_option("--format");
        if (format.count() > 0 && format.results().front() != "markdown")
          throw CLI::ValidationError("--format", "is markdown where there is --comment");
        command.comment = PlanCommand::Comment::write;
        command.format = Format::markdown;
      },
      "Write it on the pull or merge request, in one comment that is kept up to date;\n"
      "needs GITHUB_TOKEN, or GITLAB_TOKEN");
  add_forge(plan, command.forge, comment);
  plan.add_option("--request", command.forge.request, "The request's number")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()))
      ->needs(&comment);
}

}  // namespace

void add_plan_command(Grammar& grammar) {
  auto [plan, command] = grammar.add<PlanCommand>(
      grammar.root(), "plan", "Shows what apply would do, and why",
      "cemli plan -e dev\n  cemli plan -e prod --ref release-42 --format json\n"
      "  cemli plan --base origin/main --head HEAD --comment");
  add_revision(plan, command.revision);
  add_format(plan, command);
  plan.add_flag_callback(
      "--detailed-exitcode",
      [&command = command] { command.exit_code = PlanCommand::ExitCode::detailed; },
      "Exit with 2 where there is something to do, or the request changes something");
  plan.add_option("-o,--out", command.save_to, "Save the plan, for: cemli apply FILE")
      ->type_name("FILE");
  add_selection(plan, command.selection);
  plan.add_flag_callback(
          "--working-tree",
          [&command = command] { command.source = PlanCommand::Source::working_tree; },
          "Read the files as they are on disk, committed or not")
      ->excludes("--ref");
  add_request(plan, command);
  add_comment(plan, command);
}

}  // namespace cemli
