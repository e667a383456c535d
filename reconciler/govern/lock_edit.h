#pragma once

#include <map>
#include <string>
#include <string_view>

#include "reconciler/desired/lock_file.h"
#include "state/base/result.h"

namespace cemli {

/// The text of a lock file of `environment` in which what stands behind these packages' names is
/// written anew, or added in its place, and every other byte stays. Pure. `file` is its path, for
/// messages. The result was read again and compared.
[[nodiscard]] Result<std::string> promote_in_lock(
    std::string_view text, std::string_view environment, std::string_view file,
    const std::map<std::string, LockedPackage>& changes);

}  // namespace cemli
