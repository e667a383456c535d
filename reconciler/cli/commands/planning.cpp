#include "reconciler/cli/commands/planning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <istream>
#include <ostream>
#include <random>
#include <thread>
#include <utility>

#include "reconciler/cli/judging.h"
#include "reconciler/cli/policy_facts.h"
#include "state/base/file.h"
#include "state/lease.h"

namespace cemli {
namespace {

Result<Plan> plan_unjudged(Store& state, const DesiredState& desired, LogReading& reading,
                           const PlanOptions& options) {
  auto died = has_active_run_died(state, reading);
  if (!died) return std::move(died).error();
  if (!*died) return make_plan(desired, reading.state, options);
  RecordedState over = reading.state;
  set_active_run_aside(over, wall_now());
  return make_plan(desired, over, options);
}

Result<Plan> plan_on(const EnvironmentContext& context, const DesiredState& desired,
                     LogReading& reading, const PlanOptions& options) {
  auto plan = plan_unjudged(*context.state, desired, reading, options);
  if (!plan) return plan;
  if (auto judged = judge_plan(context, desired, reading.state, *plan); !judged)
    return std::move(judged).error().while_doing("judging the plan by policy");
  return plan;
}

}  // namespace

Result<Planning> plan_environment(EnvironmentContext& context, const PlanOptions& options,
                                  Streams& streams) {
  auto desired = load_desired(context);
  if (!desired) return std::move(desired).error();
  auto reading = read_recorded(context, streams);
  if (!reading) return std::move(reading).error();
  auto plan = plan_on(context, *desired, *reading, options);
  if (!plan) return std::move(plan).error();
  return Planning{*std::move(desired), *std::move(reading), *std::move(plan), options};
}

Result<void> plan_again(EnvironmentContext& context, Planning& planning) {
  auto plan = plan_on(context, planning.desired, planning.reading, planning.options);
  if (!plan) return std::move(plan).error();
  planning.plan = *std::move(plan);
  return {};
}

Result<Plan> plan_instead(EnvironmentContext& context, const DesiredState& desired,
                          Planning& planning) {
  return plan_unjudged(*context.state, desired, planning.reading, planning.options);
}

Result<bool> wait_for_turn(EnvironmentContext& context, LogReading& reading, BootTime give_up,
                           Streams& streams) {
  std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<int> pause(100, 300);
  const std::uint64_t planned_on = reading.state.seq();
  bool said = false;
  for (;;) {
    if (auto open = require_open(reading.state); !open) return std::move(open).error();
    const auto& active = reading.state.active_run;
    if (!active) return reading.state.seq() != planned_on;
    auto takeover = may_take_over(*context.state, reading.state.environment, *active);
    if (!takeover) return std::move(takeover).error();
    const std::uint64_t judged = reading.state.seq();
    if (auto read = catch_up(*context.state, reading); !read) return std::move(read).error();
    // What was judged may have ended in good order meanwhile.
    if (reading.state.seq() != judged) continue;
    if (takeover->allowed) return reading.state.seq() != planned_on;
    if (boot_now() >= give_up) return locked_by(reading.state.environment, *active);
    if (!std::exchange(said, true))
      streams.err << fmt::format("note: waiting for {}\n", describe_holder(*active)) << std::flush;
    std::this_thread::sleep_for(std::chrono::milliseconds(pause(random)));
    if (auto read = catch_up(*context.state, reading); !read) return std::move(read).error();
  }
}

Result<SavedPlan> read_saved_plan(const std::filesystem::path& path, const GlobalOptions& global) {
  auto text = read_file(path);
  if (!text) return std::move(text).error();
  auto saved = decode_plan(*text, path.string());
  if (!saved) return std::move(saved).error();
  if (global.environment && *global.environment != saved->environment) {
    return Error(ErrorCode::usage,
                 fmt::format("'{}' is a plan for environment '{}', not for '{}'", path.string(),
                             saved->environment, *global.environment));
  }
  return saved;
}

Result<void> check_it_stands(const SavedPlan& saved, const Plan& now) {
  const std::vector<std::string> moved = what_moved(saved, now);
  if (moved.empty()) return {};
  return Error(ErrorCode::stale,
               fmt::format("the saved plan no longer stands, and nothing was done\n  {}",
                           fmt::join(moved, "\n  ")))
      .with_hint("cemli plan -e " + now.environment + " -o FILE shows and saves what is due now");
}

Result<void> ask(const std::string& question, const std::string& unasked, Streams& streams) {
  if (!streams.can_ask) {
    return Error(ErrorCode::usage, "there is no terminal to ask on, and nothing was done")
        .with_hint(unasked);
  }
  streams.err << fmt::format("\n{} Only 'yes' is a yes: ", question) << std::flush;
  std::string answer;
  std::getline(streams.in, answer);
  if (answer == "yes") return {};
  return Error(ErrorCode::usage, "not approved; nothing was done");
}

Result<void> check_policy(const EnvironmentContext& context, const Plan& plan) {
  if (auto confirmed = context.source->confirm(*context.packages); !confirmed) return confirmed;
  if (plan.refusals.empty()) return check_lock_lines(context, plan);
  constexpr std::size_t kMostShown = 20;
  std::string text = "policy refuses this plan, and nothing was done";
  for (std::size_t i = 0; i < std::min(plan.refusals.size(), kMostShown); ++i) {
    const Refusal& refusal = plan.refusals[i];
    text += fmt::format("\n  {}: {}", refusal.rule, refusal.what);
    if (refusal.by == Refusal::By::converged)
      text += " (by the rules of the last converged commit)";
  }
  if (plan.refusals.size() > kMostShown)
    text += fmt::format("\n  and {} more", plan.refusals.size() - kMostShown);
  return Error(ErrorCode::refused, std::move(text)).with_hint(plan.refusals.front().remedy);
}

Result<void> check_trust(const EnvironmentContext& context, const Plan& plan) {
  Plan untrusted = plan;
  std::erase_if(untrusted.refusals,
                [](const Refusal& refusal) { return refusal.rule != "signed_packages"; });
  return check_policy(context, untrusted);
}

Result<void> check_first_run(const EnvironmentContext& context, const Plan& plan,
                             const RunOptions& run) {
  if (plan.basis || !context.settings.stores || run.first_run) return {};
  return Error(
             ErrorCode::refused,
             fmt::format("nothing was ever recorded of environment '{}' in {}: without its record "
                         "all of it would be run",
                         plan.environment, context.state->address()))
      .with_hint("look at its 'stores:'; where it is new indeed, add --first-run");
}

void note_working_tree(EnvironmentContext& context, Streams& streams) {
  if (!context.commit) return;
  const std::string& environment = context.settings.environment;
  for (const std::string& path : {environment_path(environment), lock_path(environment)}) {
    const auto differs = context.repository.work_tree_differs(*context.commit, path);
    if (!differs || !*differs) continue;
    streams.err << fmt::format("note: {} differs in the working tree; commit {} was read\n", path,
                               context.commit->substr(0, 12));
  }
}

}  // namespace cemli
