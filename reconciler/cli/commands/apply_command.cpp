#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <istream>
#include <optional>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/looking.h"
#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/commands/replaying.h"
#include "reconciler/cli/commands/run_session.h"
#include "reconciler/plan/plan_codec.h"
#include "reconciler/plan/saved_plan.h"
#include "reconciler/report/plan_text.h"
#include "state/base/file.h"

namespace cemli {
namespace {

/// Of a plan what can be tried without changing anything. It is tried on the target as it is now,
/// so that nothing waits for anything else.
Plan able_to_rehearse(Plan plan) {
  std::erase_if(plan.actions, [](const Action& action) {
    return action.kind == ActionKind::remove || !runs_programs(action.kind) ||
           !action.desired->can_rehearse;
  });
  for (Action& action : plan.actions) action.desired->depends_on.clear();
  return plan;
}

/// One `apply`: until its plan is carried out, or nobody wants it any more.
class Apply {
 public:
  Apply(EnvironmentContext& context, const ApplyCommand& command, std::optional<SavedPlan> saved,
        Streams& streams)
      : context_(context), command_(command), saved_(std::move(saved)), streams_(streams) {}

  Result<ExitStatus> run() {
    PlanOptions options;
    options.selection = saved_ ? saved_->selection : command_.selection;
    if (!command_.dry_run) {
      if (auto replayed = replay_spools(context_, streams_); !replayed)
        return std::move(replayed).error();
    }
    auto planning = plan_environment(context_, options, streams_);
    if (!planning) return std::move(planning).error();
    note_working_tree(context_, streams_);
    if (command_.dry_run) return rehearse(std::move(planning->plan));
    const BootTime give_up = boot_now() + command_.lock_timeout;
    for (;;) {
      auto moved = wait_for_turn(context_, planning->reading, give_up, streams_);
      if (!moved) return std::move(moved).error();
      if (*moved || approved_) {
        if (auto planned = plan_again(context_, *planning); !planned)
          return std::move(planned).error();
      }
      auto agreed = agree_on(planning->plan);
      if (!agreed) return std::move(agreed).error();
      if (*agreed) return **agreed;
      auto run = run_plan(context_, *planning, command_.run, streams_);
      if (!run) return std::move(run).error();
      if (const auto* end = std::get_if<RunEnd>(&*run)) return end->status;
      if (auto read = catch_up(*context_.state, planning->reading); !read)
        return std::move(read).error();
    }
  }

 private:
  /// Lets the plan's packages tell what they would do, and shows it.
  Result<ExitStatus> rehearse(Plan plan) {
    if (saved_) {
      if (auto stands = check_it_stands(*saved_, plan); !stands) return std::move(stands).error();
    }
    const Plan able = able_to_rehearse(plan);
    if (auto trusted = check_trust(context_, plan); !trusted) return std::move(trusted).error();
    auto looks = look_at_target(context_, able, Purpose::dry_run, command_.run.jobs, streams_);
    if (!looks) return std::move(looks).error();
    bool all_well = true;
    for (Action& action : plan.actions) {
      const auto found = looks->found.find(action.address);
      if (found == looks->found.end()) continue;
      const Look& look = found->second;
      action.dry_run =
          Rehearsal{kind_of(look.outcome), summary_of(look.outcome), look.out, look.err};
      all_well = all_well && kind_of(look.outcome) == OutcomeKind::succeeded;
    }
    streams_.out << (command_.dry_run == Output::json ? encode_plan(plan)
                                                      : plan_text(plan, streams_.out_style))
                 << std::flush;
    if (able.actions.empty())
      streams_.err << "note: nothing was tried: no package that would run has a step 'dry_run'\n";
    if (const auto& signal = looks->execution.signal) return exit_status_of_signal(*signal);
    if (auto allowed = check_policy(context_, plan); !allowed) return std::move(allowed).error();
    return all_well ? ExitStatus::done : ExitStatus::failed;
  }

  /// Nothing where the plan is to be carried out, else how the command ends.
  Result<std::optional<ExitStatus>> agree_on(const Plan& plan) {
    if (saved_) {
      if (auto stands = check_it_stands(*saved_, plan); !stands) return std::move(stands).error();
    }
    // The same plan may be refused by now: its approvals have expired.
    if (approved_ == plan.digest() && plan.refusals.empty()) return std::optional<ExitStatus>();
    if (approved_) streams_.err << "note: the record has moved on; this is what is due now\n";
    streams_.out << plan_text(plan, streams_.out_style) << std::flush;
    if (!plan.has_work())
      return std::optional(plan.has_blocked_or_failed() ? ExitStatus::failed : ExitStatus::done);
    if (auto allowed = check_policy(context_, plan); !allowed) return std::move(allowed).error();
    if (!saved_ && command_.approval == ApplyCommand::Approval::ask) {
      if (auto answer =
              ask(fmt::format("Apply this to '{}'?", plan.environment),
                  fmt::format("cemli apply -e {} --auto-approve", plan.environment), streams_);
          !answer)
        return std::move(answer).error();
    } else if (auto checked = check_first_run(context_, plan, command_.run); !checked) {
      return std::move(checked).error();
    }
    approved_ = plan.digest();
    return std::optional<ExitStatus>();
  }

  EnvironmentContext& context_;
  const ApplyCommand& command_;
  std::optional<SavedPlan> saved_;
  Streams& streams_;
  std::optional<Digest> approved_;
};

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const ApplyCommand& command,
                               Streams& streams) {
  GlobalOptions where = global;
  std::optional<SavedPlan> saved;
  if (command.plan) {
    if (command.selection.is_partial()) {
      return Error(ErrorCode::usage, "a saved plan is applied as it is")
          .with_hint("leave --target and --exclude to the cemli plan that saves it");
    }
    auto read = read_saved_plan(*command.plan, global);
    if (!read) return std::move(read).error();
    saved = *std::move(read);
    where.environment = saved->environment;
  }
  auto context = open_environment(where, command.revision);
  if (!context) return std::move(context).error();
  return Apply(*context, command, std::move(saved), streams).run();
}

}  // namespace cemli
