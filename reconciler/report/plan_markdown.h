#pragma once

#include <cstddef>
#include <string>

#include "reconciler/plan/plan.h"
#include "reconciler/plan/request_plan.h"

namespace cemli {

/// What surrounds a plan that is shown on a forge.
struct MarkdownFrame {
  /// The command that shows all of it, where something is left out.
  std::string command;
  /// The line that it begins with; may be empty.
  std::string marker = {};
  /// In bytes, of which there are never fewer than characters.
  std::size_t most = 65'536;
};

/// The plan for a comment: the summary first, then what is refused, one-way or blocked, then all of
/// it, folded. Never longer than the frame allows: what is left out is said, with the command that
/// shows it. Nothing that others wrote is markup in it.
[[nodiscard]] std::string plan_markdown(const Plan& plan, const MarkdownFrame& frame);
/// The same of a request: what it changes, apart from what was pending anyway.
[[nodiscard]] std::string request_markdown(const ChangeRequest& request,
                                           const MarkdownFrame& frame);

/// `<!-- cemli plan SUBJECT -->`, by which a comment is found again: the environment's name, or
/// nothing for all of them.
[[nodiscard]] std::string comment_marker(const std::string& environment);

}  // namespace cemli
