#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "reconciler/cli/options.h"
#include "reconciler/package/package_signatures.h"
#include "state/base/result.h"
#include "state/base/signer.h"

namespace cemli {

/// The key that `--key` or `CEMLI_SIGNING_KEY` names; `usage` where neither does.
[[nodiscard]] Result<std::filesystem::path> choose_signing_key(
    const std::optional<std::filesystem::path>& named);

/// Signs each package with that key.
[[nodiscard]] IndexSigner sign_with(std::filesystem::path key);

/// Whose signatures count by files of the user's.
[[nodiscard]] Result<SignerFiles> read_named_signers(
    const std::filesystem::path& allowed_signers,
    const std::optional<std::filesystem::path>& revoked_keys);
/// Whose signatures count by `HEAD` of the repository; nothing where it does not say.
[[nodiscard]] Result<std::optional<SignerFiles>> read_committed_signers(
    const GlobalOptions& options);

/// `alice@example.com (SHA256:…)`.
[[nodiscard]] std::string describe(const Signer& signer);

}  // namespace cemli
