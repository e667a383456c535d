#include "reconciler/cli/commands/commands.h"
#include "reconciler/report/plan_dot.h"

namespace cemli {

Result<ExitStatus> run_command(const GlobalOptions& global, const GraphCommand& command,
                               Streams& streams) {
  auto context = open_environment(global, command.revision);
  if (!context) return std::move(context).error();
  auto desired = context->source->desired(*context->packages);
  if (!desired) return std::move(desired).error();
  streams.out << graph_dot(*desired);
  return ExitStatus::done;
}

}  // namespace cemli
