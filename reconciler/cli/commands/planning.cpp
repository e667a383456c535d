#include "reconciler/cli/commands/planning.h"

#include <fmt/format.h>

#include <ostream>

#include "reconciler/plan/planner.h"
#include "state/holder.h"

namespace cemli {
namespace {

Result<Plan> plan_on(const DesiredState& desired, const RecordedState& recorded) {
  const auto& active = recorded.active_run;
  if (!active || !is_gone(active->started.holder)) return make_plan(desired, recorded, {});
  RecordedState over = recorded;
  set_active_run_aside(over, wall_now());
  return make_plan(desired, over, {});
}

}  // namespace

Result<Planning> plan_environment(EnvironmentContext& context, Streams& streams) {
  auto desired = load_desired(context.file, *context.packages, context.commit);
  if (!desired) return std::move(desired).error();
  auto reading = read_recorded(context, streams);
  if (!reading) return std::move(reading).error();
  auto plan = plan_on(*desired, reading->state);
  if (!plan) return std::move(plan).error();
  return Planning{*std::move(desired), *std::move(reading), *std::move(plan)};
}

Result<void> plan_again(EnvironmentContext& context, Planning& planning) {
  if (auto read = catch_up(*context.state, planning.reading); !read) return read;
  auto plan = plan_on(planning.desired, planning.reading.state);
  if (!plan) return std::move(plan).error();
  planning.plan = *std::move(plan);
  return {};
}

void note_working_tree(EnvironmentContext& context, Streams& streams) {
  const auto differs = context.repository.work_tree_differs(
      context.commit, environment_path(context.file.environment));
  if (differs && *differs) {
    streams.err << fmt::format("note: {} differs in the working tree; commit {} was read\n",
                               environment_path(context.file.environment),
                               context.commit.substr(0, 12));
  }
}

}  // namespace cemli
