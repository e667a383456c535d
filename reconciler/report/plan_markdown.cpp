#include "reconciler/report/plan_markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "reconciler/report/markdown.h"
#include "reconciler/report/plan_text.h"
#include "reconciler/report/request_text.h"
#include "reconciler/report/wording.h"

namespace cemli {
namespace {

constexpr std::size_t kMostNames = 10;
constexpr std::size_t kMostWords = 300;
/// Of the whole: for the table's rows, and for what is named below it.
constexpr std::size_t kTableShare = 4;
constexpr std::size_t kNamedShare = 3;
/// Less of an environment's actions than this tells nothing.
constexpr std::size_t kLeastDetails = 600;
constexpr std::size_t kForEnd = 1000;

/// What is shown of one environment.
struct Part {
  std::string row;
  /// What is named below the table, and the same in few words.
  std::string named;
  std::string in_short;
  /// The title of what is folded, and its text.
  std::string title;
  std::string details;
};

std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i)
    text += (i == 0 ? "" : ", ") + code_span(names[i]);
  if (names.size() > kMostNames) text += fmt::format(" and {} more", names.size() - kMostNames);
  return text;
}

std::string code_of(std::string_view text) {
  return code_span(shortened(text, kMostWords));
}

template <typename Condition>
std::vector<std::string> addresses_where(const std::vector<const Action*>& actions,
                                         const Condition& condition) {
  std::vector<std::string> addresses;
  for (const Action* action : actions) {
    if (condition(*action)) addresses.push_back(action->address.text());
  }
  return addresses;
}

bool is_one_way(const Action& action) {
  return runs_programs(action.kind) &&
         (!action.desired || action.desired->reversible == Reversible::no);
}

bool waits_for_somebody(const Action& action) {
  return action.kind == ActionKind::blocked || action.kind == ActionKind::held;
}

std::string refusals_of(const Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < std::min(plan.refusals.size(), kMostNames); ++i) {
    const Refusal& refusal = plan.refusals[i];
    text += fmt::format("- **Refused by policy** ({}): {}. To satisfy it: {}\n",
                        code_of(refusal.rule), code_of(refusal.what), code_of(refusal.remedy));
  }
  if (plan.refusals.size() > kMostNames)
    text += fmt::format("- and {} more refusals\n", plan.refusals.size() - kMostNames);
  return text;
}

std::map<ActionKind, std::uint64_t> counted(const std::vector<const Action*>& actions) {
  std::map<ActionKind, std::uint64_t> counts;
  for (const Action* action : actions) ++counts[action->kind];
  return counts;
}

std::string row_of(const std::string& environment, const std::vector<std::string>& cells) {
  return fmt::format("| {} | {} |\n", environment, joined(cells, " | "));
}

std::string count_or_dash(std::size_t count) {
  return count == 0 ? "-" : std::to_string(count);
}

/// What is to be known of a plan before it is approved.
std::string named_in(const Plan& plan, const std::vector<const Action*>& due) {
  std::string text = refusals_of(plan);
  if (const auto names = addresses_where(due, is_one_way); !names.empty())
    text += fmt::format("- Cannot be taken back: {}\n", some_of(names));
  if (const auto names = addresses_where(due, waits_for_somebody); !names.empty())
    text += fmt::format("- Blocked or held: {}\n", some_of(names));
  return text;
}

std::vector<std::string> cells_of(const Plan& plan, const std::vector<const Action*>& due) {
  return {due.empty() ? "-" : describe_actions(counted(due)),
          count_or_dash(addresses_where(due, is_one_way).size()),
          count_or_dash(addresses_where(due, waits_for_somebody).size()),
          count_or_dash(plan.refusals.size())};
}

std::string digest_line(const std::string& environment, const Plan& plan) {
  return fmt::format("**{}**, plan digest {}\n", environment, code_span(plan.digest().hex()));
}

Part part_of(const Plan& plan) {
  std::vector<const Action*> due;
  for (const Action& action : plan.actions) {
    if (action.kind != ActionKind::none) due.push_back(&action);
  }
  Part part;
  part.row = row_of(plan.environment, cells_of(plan, due));
  part.in_short = digest_line(plan.environment, plan);
  part.named = part.in_short + named_in(plan, due);
  part.title = fmt::format("{}: all actions, and why", plan.environment);
  part.details = plan_text(plan, TextStyle{});
  return part;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

std::string notes_of(const RequestedEnvironment& environment) {
  std::string text;
  for (std::size_t i = 0; i < std::min(environment.notes.size(), kMostNames); ++i)
    text += fmt::format("- Note: {}\n", code_of(environment.notes[i]));
  return text;
}

Part part_of(const RequestedEnvironment& environment) {
  const std::string& name = environment.environment;
  Part part;
  part.title = fmt::format("{}: all actions, and why", name);
  part.details = requested_environment_text(environment, TextStyle{});
  if (const auto* request = std::get_if<RequestPlan>(&environment.outcome)) {
    const std::vector<const Action*> due = request->changes();
    std::vector<std::string> cells = cells_of(request->plan, due);
    cells.push_back(count_or_dash(request->dropped.size()));
    cells.push_back(count_or_dash(request->pending.size()));
    part.row = row_of(environment.is_new ? name + " (new)" : name, cells);
    part.in_short = digest_line(name, request->plan);
    part.named = part.in_short + named_in(request->plan, due);
    if (request->changes_policy) part.named += "- It changes the policy, or who may sign\n";
  } else if (const auto* error = std::get_if<Error>(&environment.outcome)) {
    part.row = row_of(name, {"**cannot be planned**", "-", "-", "-", "-", "-"});
    part.in_short = fmt::format("**{}** cannot be planned\n", name);
    part.named =
        fmt::format("**{}** cannot be planned: {}\n", name, code_of(first_line(error->message())));
    part.title = fmt::format("{}: what is wrong", name);
  } else {
    part.row = row_of(name, {"**removed**", "-", "-", "-", "-", "-"});
    part.in_short =
        fmt::format("**{}** is removed: nothing is planned or applied any more\n", name);
    part.named = part.in_short;
    part.details.clear();
  }
  part.named += notes_of(environment);
  return part;
}

/// As much of the details as fits into `most`, whole lines; empty where that would be too little.
std::string folded(const Part& part, std::size_t most) {
  const auto whole = [&](std::string_view details, const std::string& rest) {
    return fmt::format("<details><summary>{}</summary>\n\n{}{}\n</details>\n\n", part.title,
                       code_block(details), rest);
  };
  if (part.details.empty()) return "";
  std::string text = whole(part.details, "");
  if (text.size() <= most) return text;
  if (most < kLeastDetails) return "";
  // Showing what must not be obeyed takes more bytes than it had: cut until it fits.
  std::string_view kept(part.details);
  while (!kept.empty() && text.size() > most) {
    const std::size_t over = text.size() - most;
    kept = kept.substr(0, kept.size() - std::min(kept.size(), over / 4 + 1));
    kept = kept.substr(0, kept.rfind('\n') == std::string_view::npos ? 0 : kept.rfind('\n') + 1);
    const auto left = std::count(part.details.begin() + static_cast<std::ptrdiff_t>(kept.size()),
                                 part.details.end(), '\n');
    text = whole(kept, fmt::format("\n{} more lines are left out.\n", left));
  }
  return kept.empty() ? "" : text;
}

/// A text that grows up to a limit.
class Page {
 public:
  Page(std::string start, std::size_t most) : text_(std::move(start)), most_(most) {}

  [[nodiscard]] std::size_t left() const { return text_.size() < most_ ? most_ - text_.size() : 0; }
  void add(std::string_view piece) { text_ += piece; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t most_;
};

void add_table(Page& page, const std::string& head, const std::vector<Part>& parts) {
  const std::size_t least = page.left() - page.left() / kTableShare;
  page.add(head);
  std::size_t shown = 0;
  for (; shown < parts.size() && page.left() >= least; ++shown) page.add(parts[shown].row);
  page.add("\n");
  if (shown < parts.size()) page.add(fmt::format("and {} more.\n\n", parts.size() - shown));
}

void add_named(Page& page, const std::vector<Part>& parts) {
  std::size_t share = page.left() / kNamedShare;
  std::size_t unnamed = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t most = share / (parts.size() - i);
    const bool fits = parts[i].named.size() <= most;
    const std::string& piece = fits ? parts[i].named : parts[i].in_short;
    if (!fits) ++unnamed;
    if (piece.size() + 1 > share) continue;
    page.add(piece);
    page.add("\n");
    share -= piece.size() + 1;
  }
  if (unnamed > 0) {
    page.add(fmt::format("What is refused, one-way or blocked is not named for {} here.\n\n",
                         count_of(unnamed, "environment")));
  }
}

std::string assembled(std::string start, const std::string& head, const std::vector<Part>& parts,
                      const MarkdownFrame& frame) {
  const std::string command = code_block(frame.command);
  Page page(std::move(start), frame.most - std::min(frame.most, kForEnd + command.size()));
  add_table(page, head, parts);
  add_named(page, parts);
  std::size_t cut = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string piece = folded(parts[i], page.left() / (parts.size() - i));
    if (piece.find(" more lines are left out.\n") != std::string::npos ||
        (piece.empty() && !parts[i].details.empty()))
      ++cut;
    page.add(piece);
  }
  if (cut > 0) {
    page.add(
        fmt::format("This comment has no room for all of {}. All of it is shown by:\n\n",
                    cut == parts.size() && cut == 1 ? "the plan" : count_of(cut, "environment")));
    page.add(command);
  }
  return page.take();
}

std::string marked(const MarkdownFrame& frame) {
  return frame.marker.empty() ? "" : frame.marker + "\n";
}

std::string revision_of(const std::string& name, const std::string& commit) {
  const std::string id = code_span(abbreviated_commit(commit));
  return name == commit ? id : fmt::format("{} ({})", code_of(name), id);
}

}  // namespace

std::string plan_markdown(const Plan& plan, const MarkdownFrame& frame) {
  std::string start = marked(frame) + fmt::format("### cemli plan: {}\n\n", plan.environment);
  const std::string at =
      plan.commit ? "commit " + code_span(abbreviated_commit(*plan.commit)) : "the working tree";
  start += plan.has_changes() ? fmt::format("What apply would do at {}:\n\n", at)
                              : fmt::format("Nothing is to be done at {}.\n\n", at);
  return assembled(std::move(start),
                   "| environment | due | one-way | blocked or held | refused |\n"
                   "|---|---|---|---|---|\n",
                   {part_of(plan)}, frame);
}

std::string request_markdown(const ChangeRequest& request, const MarkdownFrame& frame) {
  std::string start = marked(frame) + "### cemli plan\n\n";
  start += fmt::format("Merging {} into {}", revision_of(request.head, request.head_commit),
                       revision_of(request.base, request.base_commit));
  if (request.environments.empty()) return start + " touches no environment.\n";
  start += fmt::format(" touches {} of {}", request.environments.size(),
                       count_of(request.environments.size() + request.untouched, "environment"));
  start += request.has_changes() ? " and changes what is due:\n\n"
                                 : " and changes nothing of what is due:\n\n";
  std::vector<Part> parts;
  for (const RequestedEnvironment& environment : request.environments)
    parts.push_back(part_of(environment));
  return assembled(
      std::move(start),
      "| environment | made due by the request | one-way | blocked or held | refused | no longer "
      "due | pending anyway |\n|---|---|---|---|---|---|---|\n",
      parts, frame);
}

std::string comment_marker(const std::string& environment) {
  return environment.empty() ? "<!-- cemli plan -->"
                             : fmt::format("<!-- cemli plan {} -->", environment);
}

}  // namespace cemli
