#pragma once

#include <string_view>

#include "reconciler/desired/file_tree.h"
#include "reconciler/desired/rules.h"
#include "state/base/result.h"

namespace cemli {

/// One of each for all environments.
inline constexpr std::string_view kAllowedSigners = "environments/allowed_signers";
inline constexpr std::string_view kRevokedKeys = "environments/revoked_keys";

/// Whose signatures count by a commit, or by a working tree.
[[nodiscard]] Result<Signers> read_signers(const FileTree& tree);

}  // namespace cemli
