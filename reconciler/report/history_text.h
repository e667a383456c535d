#pragma once

#include <string>

#include "reconciler/report/terminal.h"
#include "state/history.h"

namespace cemli {

/// `history`: what happened, newest first.
[[nodiscard]] std::string history_text(const EnvironmentHistory& history, const TextStyle& style);
/// `history --json`: one passage a line.
[[nodiscard]] std::string history_json(const EnvironmentHistory& history);

}  // namespace cemli
