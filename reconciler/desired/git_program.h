#pragma once

#include <string>
#include <vector>

#include "state/base/program.h"

namespace cemli {

/// A call of the git program, in English, that asks nothing and is led nowhere else by the
/// variables of a hook, or of a script, that runs in another repository.
[[nodiscard]] ProgramCall git_call(std::vector<std::string> arguments);

}  // namespace cemli
