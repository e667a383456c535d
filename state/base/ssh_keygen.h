#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/base/program.h"
#include "state/base/result.h"

namespace cemli {

/// Runs `ssh-keygen -Y` with these arguments, in English and in UTC, and otherwise as `call` says.
/// Errors as `run_program`.
[[nodiscard]] Result<ProgramEnd> run_ssh_keygen(ProgramCall call,
                                                std::vector<std::string> arguments);

/// The fingerprint in its `Good … signature … with ED25519 key SHA256:…`; empty where there is
/// none.
[[nodiscard]] std::string fingerprint_in(std::string_view said);
/// The last line of what a program said.
[[nodiscard]] std::string last_line_of(std::string_view said);

}  // namespace cemli
