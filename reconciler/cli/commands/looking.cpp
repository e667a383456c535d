#include "reconciler/cli/commands/looking.h"

#include <memory>
#include <utility>

#include "reconciler/cli/commands/run_surroundings.h"
#include "reconciler/execute/warden.h"
#include "reconciler/report/progress.h"

namespace cemli {

Result<Looks> look_at_target(EnvironmentContext& context, const Plan& plan, Purpose purpose,
                             std::size_t jobs, Streams& streams) {
  if (plan.actions.empty()) return Looks{};
  auto surroundings = read_surroundings(context, plan);
  if (!surroundings) return std::move(surroundings).error();
  auto warden = fork_warden();
  if (!warden) return std::move(warden).error();
  StopSignals signals;
  const std::uint64_t fence = plan.basis ? plan.basis->seq : 0;
  auto ground = make_ground(*surroundings, plan.environment, new_run_id(), fence);
  if (!ground) return std::move(ground).error();
  ExecutorOptions options{jobs, ExecutorOptions::AfterFailure::go_on, ground->work.path()};
  options.purpose = purpose;
  const auto notices = make_notices_only(streams.err, streams.err_style);
  Looks looks = look(plan, ground->facts, fetcher_from(*context.packages), **warden, *notices,
                     signals, options);
  if (looks.execution.runner_lost)
    return Error(ErrorCode::unavailable, "the warden was killed, and all steps with it");
  return looks;
}

}  // namespace cemli
