#include "reconciler/report/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "reconciler/plan/forecast.h"
#include "reconciler/report/output_tail.h"
#include "reconciler/report/reasons_text.h"
#include "reconciler/report/wording.h"

namespace cemli {
namespace {

struct Sign {
  char symbol;
  Paint paint;
};

Sign sign_of(ActionKind kind) {
  switch (kind) {
    case ActionKind::none:
      return {' ', Paint::dim};
    case ActionKind::run:
      return {'+', Paint::green};
    case ActionKind::update:
      return {'~', Paint::yellow};
    case ActionKind::retry:
      return {'!', Paint::yellow};
    case ActionKind::rerun:
      return {'*', Paint::yellow};
    case ActionKind::remove:
      return {'-', Paint::red};
    case ActionKind::forget:
      return {'-', Paint::dim};
    case ActionKind::blocked:
      return {'x', Paint::red};
    case ActionKind::held:
      return {'=', Paint::magenta};
  }
  return {'?', Paint::bold};
}

std::string selection_text(const Selection& selection) {
  const auto names = [](const std::vector<Address>& addresses) {
    std::vector<std::string> texts;
    for (const Address& address : addresses) texts.push_back(address.text());
    return joined(texts, ", ");
  };
  std::string text = "This plan is partial:";
  if (!selection.targets.empty())
    text += fmt::format(" only {} and what it needs", names(selection.targets));
  if (!selection.excluded.empty()) {
    text += fmt::format("{} without {} and what needs it", selection.targets.empty() ? "" : ",",
                        names(selection.excluded));
  }
  return text + ".";
}

std::string floating_text(const Plan& plan) {
  constexpr std::size_t kShown = 5;
  std::vector<std::string> versions;
  for (const FloatingVersion& floating : plan.floating) {
    if (versions.size() == kShown) break;
    versions.push_back(fmt::format("{} {} ({})", floating.package, floating.version,
                                   floating.range.value_or("track: all")));
  }
  const std::size_t more = plan.floating.size() - versions.size();
  return fmt::format(
      "Without a lock file these versions are the newest of now: {}{}. "
      "'cemli lock -e {}' holds them.",
      joined(versions, ", "), more > 0 ? fmt::format(" and {} more", more) : "", plan.environment);
}

/// What is said of an action besides its reasons.
std::string remarks_on(const Action& action) {
  std::vector<std::string> remarks;
  if (action.expected) remarks.push_back("last took " + describe_duration(*action.expected));
  if (runs_programs(action.kind) && action.desired) {
    if (action.desired->reversible == Reversible::no) remarks.emplace_back("one-way");
    if (action.desired->reversible == Reversible::yes) remarks.emplace_back("reversible");
    if (action.desired->reversible == Reversible::compensating)
      remarks.emplace_back("can be compensated");
  }
  return remarks.empty() ? "" : fmt::format(" ({})", joined(remarks, ", "));
}

struct Widths {
  std::size_t address = 0;
  std::size_t action = 0;
  std::size_t version = 0;

  /// Where reasons begin; long addresses push them to lines of their own.
  [[nodiscard]] std::size_t reasons() const { return 4 + address + 2 + action + 2 + version + 2; }
};

Widths widths_of(const std::vector<const Action*>& actions) {
  Widths widths;
  for (const Action* action : actions) {
    widths.address = std::max(widths.address, action->address.text().size());
    widths.action = std::max(widths.action, word_of(action->kind).size());
    widths.version = std::max(widths.version, action->version.size());
  }
  return widths;
}

/// A reason is a sentence, wrapped, and the command that helps on a line of its own. Remarks stand
/// behind a short reason, else below.
std::vector<std::string> reason_lines(const Action& action, const std::string& environment,
                                      std::size_t columns) {
  std::vector<std::string> lines;
  std::string remarks = remarks_on(action);
  for (const Reason& reason : action.reasons) {
    const bool is_first = &reason == action.reasons.data();
    if (reason.code == "new" && !is_first) continue;
    std::string text = reason_text(reason);
    if (is_first && columns_of(text) + columns_of(remarks) <= columns)
      text += std::exchange(remarks, "");
    for (std::string& line : wrapped(text, columns)) lines.push_back(std::move(line));
    if (const auto command = reason_command(reason, action.address, environment))
      lines.push_back("  " + *command);
  }
  if (!remarks.empty()) lines.push_back(remarks.substr(1));
  return lines;
}

/// What the dry run said, below its action.
std::string rehearsal_text(const Rehearsal& dry_run, const TextStyle& style) {
  constexpr std::size_t kMostLines = 50;
  const bool good = dry_run.outcome == OutcomeKind::succeeded;
  std::string text = "      dry run: " +
                     painted(style, good ? Paint::green : Paint::red, word_of(dry_run.outcome));
  if (!dry_run.summary.empty()) text += ": " + printable(dry_run.summary);
  text += '\n';
  for (const std::string* stream : {&dry_run.out, &dry_run.err}) {
    const OutputTail tail = tail_of(*stream, kMostLines);
    if (!tail.is_whole) text += fmt::format("      the last {} lines:\n", kMostLines);
    for (const std::string& line : tail.lines)
      text += "      " + painted(style, Paint::dim, "|") + " " + line + "\n";
  }
  return text;
}

std::string action_text(const Action& action, const std::string& environment, const Widths& widths,
                        const TextStyle& style) {
  const Sign sign = sign_of(action.kind);
  const bool fits = widths.reasons() <= style.width / 2;
  const std::size_t column = fits ? widths.reasons() : 6;
  const std::size_t columns = style.width > column + 30 ? style.width - column : 30;
  std::string text = "  ";
  text += painted(style, sign.paint, std::string(1, sign.symbol)) + " ";
  text += fmt::format("{:<{}}  ", action.address.text(), widths.address);
  text += painted(style, sign.paint, fmt::format("{:<{}}", word_of(action.kind), widths.action));
  text += fmt::format("  {:<{}}", action.version, fits ? widths.version : 0);
  bool at_reasons = fits;
  if (!fits) text += '\n';
  for (const std::string& line : reason_lines(action, environment, columns)) {
    text += at_reasons ? "  " : std::string(column, ' ');
    text += line + "\n";
    at_reasons = false;
  }
  if (at_reasons) text += '\n';
  if (action.dry_run) text += rehearsal_text(*action.dry_run, style);
  return text;
}

/// How many of the changes are marked as one-way.
std::string one_way_text(const Plan& plan) {
  std::uint64_t changes = 0;
  std::uint64_t one_way = 0;
  for (const Action& action : plan.actions) {
    if (!runs_programs(action.kind)) continue;
    ++changes;
    if (!action.desired || action.desired->reversible == Reversible::no) ++one_way;
  }
  if (one_way == 0) return "";
  if (one_way < changes)
    return fmt::format("{} of the {} changes cannot be taken back.\n", one_way, changes);
  return changes == 1 ? "The change cannot be taken back.\n" : "No change can be taken back.\n";
}

/// Nothing where nobody knows how long anything takes.
std::string forecast_text(const Plan& plan, const TextStyle& style) {
  const Forecast expected = forecast(plan);
  if (expected.path.empty()) return "";
  std::vector<std::string> path;
  for (const Address& address : expected.path) path.push_back(address.text());
  std::string text =
      fmt::format("Expected to take at least {}", describe_duration(expected.longest));
  if (path.size() > 1) text += fmt::format(" ({})", joined(path, " -> "));
  if (expected.work > expected.longest)
    text += fmt::format(", {} one after the other", describe_duration(expected.work));
  if (expected.unknown > 0)
    text += fmt::format("; {} {} never succeeded yet", expected.unknown,
                        expected.unknown == 1 ? "package has" : "packages have");
  std::string lines;
  for (const std::string& line : wrapped(text + ".", style.width)) lines += line + "\n";
  return lines;
}

/// Of a plan that was tried without changing anything: what that does not tell.
std::string untold_text(const Plan& plan) {
  std::uint64_t told = 0;
  std::uint64_t untold = 0;
  for (const Action& action : plan.actions) {
    if (runs_programs(action.kind)) ++(action.dry_run ? told : untold);
  }
  if (told == 0 || untold == 0) return "";
  return fmt::format("{} of the {} changes {} no step 'dry_run'.\n", untold, told + untold,
                     untold == 1 ? "has" : "have");
}

/// Rules that have changed, as a line like an action's.
std::string policy_text(const Plan& plan, const TextStyle& style) {
  if (!plan.policy_change) return "";
  const PolicyChange& change = *plan.policy_change;
  std::string text = change.before ? "not as the last converged run has recorded it"
                                   : "no run has recorded it yet";
  if (!change.what.empty()) text = joined(change.what, ", ") + ": " + text;
  if (!change.is_due) {
    text += plan.selection.is_partial() ? "; a part of a plan does not record it"
                                        : "; recorded once nothing is blocked, held or suspended";
  }
  std::string lines = "  " + painted(style, Paint::yellow, "~") + " policy  ";
  const std::size_t column = 12;
  const char* indent = "";
  for (const std::string& line : wrapped(text, style.width > 60 ? style.width - column : 48)) {
    lines += indent + line + "\n";
    indent = "            ";
  }
  return lines;
}

std::string approvals_text(const Plan& plan) {
  if (plan.approvals.empty()) return "";
  std::string text = "Approved by";
  const char* separator = " ";
  for (const UsedApproval& approval : plan.approvals)
    text += std::exchange(separator, ", ") + approval.principal;
  return text + ".\n";
}

std::string refusals_text(const Plan& plan, const TextStyle& style) {
  if (plan.refusals.empty()) return "";
  std::string text =
      painted(style, Paint::red, "Policy refuses this plan, so it is not carried out:") + "\n";
  for (const Refusal& refusal : plan.refusals) {
    text += fmt::format("  {}: {}\n    {}\n", refusal.rule, refusal.what, refusal.remedy);
    if (refusal.by == Refusal::By::converged)
      text +=
          "    refused by the rules of the last converged commit, which hold until others are "
          "recorded\n";
    if (refusal.by == Refusal::By::planned)
      text += "    refused by the rules that this would bring\n";
  }
  return text;
}

}  // namespace

std::string plan_header_text(const Plan& plan, const TextStyle& style) {
  const std::string source =
      plan.commit ? "commit " + abbreviated_commit(*plan.commit) : "the working tree";
  std::string text =
      fmt::format("Environment {} at {}", painted(style, Paint::bold, plan.environment), source);
  text += plan.basis ? fmt::format(", recorded up to log entry {} ({})\n", plan.basis->seq,
                                   plan.basis->digest.abbreviated())
                     : std::string(", with an empty log\n");
  std::vector<std::string> notes;
  if (!plan.basis) {
    notes.emplace_back(
        "Nothing was ever recorded for this environment, so all of it counts as new. If it has "
        "been "
        "in use, look at its 'stores:' before you apply.");
  }
  if (plan.active_run) {
    notes.push_back(
        fmt::format("Run {} is active: what it does is not in this plan.", *plan.active_run));
  }
  if (!plan.floating.empty()) notes.push_back(floating_text(plan));
  if (plan.selection.is_partial()) notes.push_back(selection_text(plan.selection));
  for (const std::string& note : notes) {
    for (const std::string& line : wrapped(note, style.width))
      text += painted(style, Paint::yellow, line) + "\n";
  }
  return text;
}

std::string actions_text(const std::vector<const Action*>& actions, const std::string& environment,
                         const TextStyle& style) {
  const Widths widths = widths_of(actions);
  std::string text;
  for (const Action* action : actions) text += action_text(*action, environment, widths, style);
  return text;
}

std::string describe_actions(const std::map<ActionKind, std::uint64_t>& counts) {
  constexpr std::array<std::pair<ActionKind, std::string_view>, 9> kWords{{
      {ActionKind::run, "to run"},
      {ActionKind::update, "to update"},
      {ActionKind::retry, "to retry"},
      {ActionKind::rerun, "to rerun"},
      {ActionKind::remove, "to remove"},
      {ActionKind::forget, "to forget"},
      {ActionKind::blocked, "blocked"},
      {ActionKind::held, "held"},
      {ActionKind::none, "unchanged"},
  }};
  std::vector<std::string> parts;
  for (const auto& [kind, word] : kWords) {
    const auto found = counts.find(kind);
    if (found != counts.end()) parts.push_back(fmt::format("{} {}", found->second, word));
  }
  return joined(parts, ", ");
}

std::string plan_summary_text(const Plan& plan, const TextStyle& style) {
  std::string counts = "Plan: " + describe_actions(plan.summary());
  if (plan.policy_change)
    counts += plan.policy_change->is_due ? ", the policy to record" : ", the policy changed";
  return painted(style, Paint::bold, counts + ".") + "\n" + one_way_text(plan) +
         forecast_text(plan, style) + untold_text(plan) + approvals_text(plan) +
         refusals_text(plan, style);
}

std::string plan_text(const Plan& plan, const TextStyle& style) {
  std::string text = plan_header_text(plan, style);
  text += '\n';
  if (plan.has_changes()) {
    std::vector<const Action*> due;
    for (const Action& action : plan.actions) {
      if (action.kind != ActionKind::none) due.push_back(&action);
    }
    text += actions_text(due, plan.environment, style) + policy_text(plan, style) + "\n" +
            plan_summary_text(plan, style);
  } else {
    text += painted(style, Paint::bold, "No changes.");
    text += plan.actions.size() == 1
                ? " The 1 package is as desired.\n"
                : fmt::format(" All {} packages are as desired.\n", plan.actions.size());
  }
  text += painted(style, Paint::dim, "Plan digest " + plan.digest().abbreviated()) + "\n";
  return text;
}

}  // namespace cemli
