#pragma once

#include <optional>
#include <string_view>

#include "reconciler/desired/file_tree.h"
#include "state/base/result.h"
#include "state/base/signer.h"

namespace cemli {

inline constexpr std::string_view kAllowedSigners = "environments/allowed_signers";
inline constexpr std::string_view kRevokedKeys = "environments/revoked_keys";

/// Whose signatures count by a commit, or by a working tree; nothing where it has no
/// `allowed_signers`.
[[nodiscard]] Result<std::optional<SignerFiles>> read_signer_files(const FileTree& tree);

}  // namespace cemli
