#pragma once

#include <string>

#include "reconciler/plan/request_plan.h"
#include "reconciler/report/terminal.h"

namespace cemli {

/// What a request changes, environment by environment, for people.
[[nodiscard]] std::string request_text(const ChangeRequest& request, const TextStyle& style);
/// What it does to one of them.
[[nodiscard]] std::string requested_environment_text(const RequestedEnvironment& environment,
                                                     const TextStyle& style);
/// The same as one JSON object, with each plan as `plan --format json` prints it.
[[nodiscard]] std::string request_json(const ChangeRequest& request);

}  // namespace cemli
