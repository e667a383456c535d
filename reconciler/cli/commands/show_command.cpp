#include <fmt/format.h>

#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/report/run_text.h"
#include "state/evidence.h"
#include "state/object_names.h"
#include "state/run_history.h"

namespace cemli {
namespace {

/// The run's own result, or what the log alone says where it never wrote one.
Result<RunResult> read_run(EnvironmentContext& context, const RunId& run) {
  const std::string& environment = context.settings.environment;
  const std::string key = run_result_key(environment, run);
  auto bytes = context.results->get(key);
  if (!bytes) return std::move(bytes).error();
  if (*bytes) {
    auto result = decode_run_result(**bytes);
    if (!result) return std::move(result).error().while_doing(fmt::format("'{}'", key));
    return result;
  }
  auto logged = run_from_log(*context.state, environment, run);
  if (!logged) return std::move(logged).error();
  if (*logged) {
    const std::string plan = plan_key(environment, run);
    auto plan_bytes = context.results->get(plan);
    if (!plan_bytes) return std::move(plan_bytes).error();
    if (*plan_bytes) (*logged)->plan_object = {plan, Digest::of(**plan_bytes)};
    return **std::move(logged);
  }
  return Error(ErrorCode::corrupt, fmt::format("the log does not know run '{}'", run))
      .with_hint("cemli audit verify -e " + environment);
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const ShowCommand& command,
                               Streams& streams) {
  auto opened = open_run(global, command.run, streams);
  if (!opened) return std::move(opened).error();
  EnvironmentContext& context = opened->context;
  const RunId& run = opened->run;
  auto result = read_run(context, run);
  if (!result) return std::move(result).error();
  streams.out << (command.output == Output::json ? encode_run_result(*result)
                                                 : run_text(*result, streams.out_style));
  return ExitStatus::done;
}

}  // namespace cemli
