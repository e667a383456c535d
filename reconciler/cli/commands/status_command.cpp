#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/status_all.h"
#include "reconciler/report/json_report.h"
#include "reconciler/report/status_text.h"

namespace cemli {

Result<ExitStatus> run_command(const GlobalOptions& global, const StatusCommand& command,
                               Streams& streams) {
  if (command.scope == StatusCommand::Scope::all)
    return show_all_environments(global, command.output, streams);
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  auto reading = read_recorded(*context, streams);
  if (!reading) return std::move(reading).error();
  if (auto shown = show_interrupted(*context, *reading); !shown) return std::move(shown).error();
  streams.out << (command.output == Output::json ? status_json(reading->state)
                                                 : status_text(reading->state, streams.out_style));
  return ExitStatus::done;
}

}  // namespace cemli
