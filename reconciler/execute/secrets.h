#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "state/base/file.h"
#include "state/base/result.h"

namespace cemli {

/// Makes a private folder below `parent`, named after `prefix`, with one file for each of `names`:
/// the secret's value, that its owner alone can read.
[[nodiscard]] Result<TemporaryFolder> write_secrets(
    const std::filesystem::path& parent, const std::string& prefix,
    const std::vector<std::string>& names, const std::map<std::string, std::string>& values);

}  // namespace cemli
