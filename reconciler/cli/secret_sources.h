#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "reconciler/desired/desired_state.h"
#include "state/base/result.h"

namespace cemli {

/// Secret values by name.
using SecretValues = std::map<std::string, std::string>;

/// As the environment file has it: `env:NAME` or `file:PATH`.
[[nodiscard]] std::map<std::string, std::string> secret_references(
    const std::map<std::string, SecretSource>& sources);

/// Reads the values of `names` from where the environment file says. `root` is what a relative file
/// counts from; nothing where the repository has no work tree. The last line's end of a file is not
/// part of its value. All that cannot be read, is empty, holds a NUL, or is shorter than can be
/// masked, is one `invalid_input` error; no message tells a value.
[[nodiscard]] Result<SecretValues> read_secrets(const std::map<std::string, SecretSource>& sources,
                                                const std::set<std::string>& names,
                                                const std::optional<std::filesystem::path>& root);

}  // namespace cemli
