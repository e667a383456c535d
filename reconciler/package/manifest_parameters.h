#pragma once

#include <map>
#include <string>

#include "reconciler/package/manifest.h"
#include "reconciler/package/problem_list.h"

namespace cemli {

/// Reads the member `parameters` of a manifest; none where there is no such member.
[[nodiscard]] std::map<std::string, ParameterSpec> read_parameter_specs(const Field& manifest,
                                                                        ProblemList& problems);

}  // namespace cemli
