#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/report/audit_text.h"
#include "state/audit.h"

namespace cemli {

Result<ExitStatus> run_command(const GlobalOptions& global, const AuditVerifyCommand& command,
                               Streams& streams) {
  auto context = open_environment(global, "HEAD");
  if (!context) return std::move(context).error();
  // What this machine has read before is a witness, too.
  std::vector<Anchor> anchors;
  if (const auto cached = context->cache.load(context->state->address(), context->file.environment))
    anchors.push_back({*cached->state.head, "this machine's local cache"});
  auto report = audit_environment(*context->state, *context->results, context->file.environment,
                                  std::move(anchors));
  if (!report) return std::move(report).error();
  streams.out << (command.output == Output::json ? audit_json(*report)
                                                 : audit_text(*report, streams.out_style));
  return report->findings.empty() ? ExitStatus::done : ExitStatus::error;
}

}  // namespace cemli
