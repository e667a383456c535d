#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <optional>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/commands/run_session.h"
#include "reconciler/report/plan_text.h"

namespace cemli {
namespace {

bool has_work(const Plan& plan) {
  return std::any_of(plan.actions.begin(), plan.actions.end(), [](const Action& action) {
    return runs_programs(action.kind) || action.kind == ActionKind::forget;
  });
}

bool has_blocked(const Plan& plan) {
  return std::any_of(plan.actions.begin(), plan.actions.end(),
                     [](const Action& action) { return action.kind == ActionKind::blocked; });
}

/// "yes" and nothing else is a yes. An error where there is nobody to ask.
Result<void> ask(const Plan& plan, Streams& streams) {
  if (!streams.can_ask) {
    return Error(ErrorCode::usage, "there is no terminal to ask on, and nothing was done")
        .with_hint("cemli apply -e " + plan.environment + " --auto-approve");
  }
  streams.err << fmt::format("\nApply this to '{}'? Only 'yes' is a yes: ", plan.environment)
              << std::flush;
  std::string answer;
  std::getline(streams.in, answer);
  if (answer == "yes") return {};
  return Error(ErrorCode::usage, "not approved; nothing was done");
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const ApplyCommand& command,
                               Streams& streams) {
  auto context = open_environment(global, command.revision);
  if (!context) return std::move(context).error();
  auto planning = plan_environment(*context, streams);
  if (!planning) return std::move(planning).error();
  note_working_tree(*context, streams);
  const BootTime give_up = boot_now() + command.lock_timeout;
  std::optional<Digest> approved;
  for (;;) {
    auto moved = wait_for_turn(*context, planning->reading, give_up, streams);
    if (!moved) return std::move(moved).error();
    if (*moved || approved) {
      if (auto planned = plan_again(*context, *planning); !planned)
        return std::move(planned).error();
    }
    const Plan& plan = planning->plan;
    if (approved != plan.digest()) {
      if (approved) streams.err << "note: the record has moved on; this is what is due now\n";
      streams.out << plan_text(plan, streams.out_style) << std::flush;
      if (!has_work(plan)) return has_blocked(plan) ? ExitStatus::failed : ExitStatus::done;
      if (command.approval == ApplyCommand::Approval::ask) {
        if (auto answer = ask(plan, streams); !answer) return std::move(answer).error();
      }
      approved = plan.digest();
    }
    auto run = run_plan(*context, *planning, command, streams);
    if (!run) return std::move(run).error();
    if (const auto* status = std::get_if<ExitStatus>(&*run)) return *status;
    if (auto read = catch_up(*context->state, planning->reading); !read)
      return std::move(read).error();
  }
}

}  // namespace cemli
