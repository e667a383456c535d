#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/base/program.h"
#include "state/base/result.h"

namespace cemli {

/// A call of the git program, in English, that asks nothing and is led nowhere else by the
/// variables of a hook, or of a script, that runs in another repository.
[[nodiscard]] ProgramCall git_call(std::vector<std::string> arguments);

/// Runs the `git` program to its end, as its user has set it up, but asking nothing, and not in the
/// repository that a hook or a script around it works in. An exit code that is not 0 is no error
/// here; where it cannot be run at all, one is (as with `run_program`).
[[nodiscard]] Result<ProgramEnd> run_git(std::vector<std::string> arguments, int stop_fd,
                                         std::string_view input = {});

/// What a git that failed said, without the passwords of URLs that it may repeat.
[[nodiscard]] std::string what_git_said(const ProgramEnd& end);

}  // namespace cemli
