#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/desired/git_repository.h"
#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/base/signer.h"

namespace cemli {

/// The namespace of commits' SSH signatures.
inline constexpr std::string_view kCommitNamespace = "git";

/// Who signed each of the commits (whole ids), or why its signature does not count, in their order.
/// The git program judges them as `git verify-commit` does: SSH signatures by `signers` as of the
/// commit's own time, OpenPGP signatures by this user's keyring and `gpg.minTrustLevel`. As whoever
/// makes a commit chooses its time, an SSH signature must also stand at `now`. `unavailable` where
/// git or ssh-keygen cannot be asked.
[[nodiscard]] Result<std::vector<SignatureVerdict>> judge_commits(
    const GitRepository& repository, std::span<const std::string> commits,
    const SignerFiles& signers, Timestamp now);

}  // namespace cemli
