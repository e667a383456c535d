#include <fmt/format.h>

#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/planning.h"
#include "reconciler/plan/plan_codec.h"
#include "reconciler/report/plan_dot.h"
#include "reconciler/report/plan_text.h"
#include "state/base/file.h"

namespace cemli {
namespace {

std::string shown(const Plan& plan, PlanCommand::Format format, const TextStyle& style) {
  switch (format) {
    case PlanCommand::Format::json:
      return encode_plan(plan);
    case PlanCommand::Format::dot:
      return plan_dot(plan);
    case PlanCommand::Format::text:
      break;
  }
  return plan_text(plan, style);
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const PlanCommand& command,
                               Streams& streams) {
  const bool reads_commit = command.source == PlanCommand::Source::revision;
  auto context = open_environment(
      global, reads_commit ? std::optional<std::string>(command.revision) : std::nullopt);
  if (!context) return std::move(context).error();
  PlanOptions options;
  options.selection = command.selection;
  auto planning = plan_environment(*context, options, streams);
  if (!planning) return std::move(planning).error();
  note_working_tree(*context, streams);
  const Plan& plan = planning->plan;
  if (command.save_to) {
    if (auto saved = write_named_file(*command.save_to, encode_plan(plan)); !saved)
      return std::move(saved).error().while_doing("saving the plan");
  }
  streams.out << shown(plan, command.format, streams.out_style);
  if (command.save_to && plan.has_changes())
    streams.err << fmt::format("saved; to do this and nothing else: cemli apply {}\n",
                               command.save_to->string());
  const bool detailed = command.exit_code == PlanCommand::ExitCode::detailed;
  return detailed && plan.has_changes() ? ExitStatus::changes : ExitStatus::done;
}

}  // namespace cemli
