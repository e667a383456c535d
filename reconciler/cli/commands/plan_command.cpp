#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/planning.h"
#include "reconciler/plan/plan_codec.h"
#include "reconciler/report/plan_text.h"

namespace cemli {

Result<ExitStatus> run_command(const GlobalOptions& global, const PlanCommand& command,
                               Streams& streams) {
  auto context = open_environment(global, command.revision);
  if (!context) return std::move(context).error();
  auto planning = plan_environment(*context, streams);
  if (!planning) return std::move(planning).error();
  note_working_tree(*context, streams);
  const Plan& plan = planning->plan;
  streams.out << (command.output == Output::json ? encode_plan(plan)
                                                 : plan_text(plan, streams.out_style));
  const bool detailed = command.exit_code == PlanCommand::ExitCode::detailed;
  return detailed && plan.has_changes() ? ExitStatus::changes : ExitStatus::done;
}

}  // namespace cemli
