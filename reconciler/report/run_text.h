#pragma once

#include <string>

#include "reconciler/report/terminal.h"
#include "state/evidence.h"

namespace cemli {

/// `show RUN`: what a run was, and what became of each package.
[[nodiscard]] std::string run_text(const RunResult& result, const TextStyle& style);

/// `logs RUN ADDRESS`: each step of an attempt with all that stands of its output in the evidence,
/// as it was printed, and where the rest is.
[[nodiscard]] std::string attempt_log_text(const AttemptEvidence& evidence, const TextStyle& style);

}  // namespace cemli
