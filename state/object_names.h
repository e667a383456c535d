#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/address.h"
#include "state/event.h"

namespace cemli {

/// Keys of all objects; nothing else composes one.

/// `ENV/log/`
[[nodiscard]] std::string log_prefix(std::string_view environment);
/// `ENV/log/00000000000000000042.json`
[[nodiscard]] std::string log_key(std::string_view environment, std::uint64_t seq);
/// The number in a key of the log; nothing for any other key.
[[nodiscard]] std::optional<std::uint64_t> seq_of_log_key(std::string_view environment,
                                                          std::string_view key);
/// `ENV/checkpoints/`
[[nodiscard]] std::string checkpoint_prefix(std::string_view environment);
/// `ENV/checkpoints/<99999999999999999999 - seq>.json`: the newest sorts first.
[[nodiscard]] std::string checkpoint_key(std::string_view environment, std::uint64_t seq);
[[nodiscard]] std::optional<std::uint64_t> seq_of_checkpoint_key(std::string_view environment,
                                                                 std::string_view key);
/// `ENV/approvals/`
[[nodiscard]] std::string approvals_prefix(std::string_view environment);
/// `ENV/approvals/<99999999999999999999 - milliseconds since 1970>-<first 16 digits of the
/// statement's sha256>.json`: the newest sorts first. The signature is beside it, `.sig`.
[[nodiscard]] std::string approval_key(std::string_view environment, Timestamp time,
                                       const Digest& statement);
/// The key of an approval of that time, or of any older one, sorts at or behind this.
[[nodiscard]] std::string approvals_since(std::string_view environment, Timestamp time);
/// The key of the signature of an approval, or of a head.
[[nodiscard]] std::string signature_key(std::string_view statement_key);
/// `ENV/approved/`
[[nodiscard]] std::string approved_plans_prefix(std::string_view environment);
/// `ENV/approved/<sha256>.json`: a plan that was approved, as `plan --format json` shows it.
[[nodiscard]] std::string approved_plan_key(std::string_view environment, const Digest& text);
/// `ENV/heads/`
[[nodiscard]] std::string heads_prefix(std::string_view environment);
/// `ENV/heads/<99999999999999999999 - seq>.json`: a signed head of the log; the newest sorts first.
/// Its signature is beside it, `.sig`.
[[nodiscard]] std::string head_key(std::string_view environment, std::uint64_t seq);
/// `ENV/refreshes/`
[[nodiscard]] std::string state_copies_prefix(std::string_view environment);
/// `ENV/refreshes/<sha256>.json`: a copy of another environment's recorded state.
[[nodiscard]] std::string state_copy_key(std::string_view environment, const Digest& digest);
/// `ENV/runs/`
[[nodiscard]] std::string runs_prefix(std::string_view environment);
/// `ENV/runs/RUN/`
[[nodiscard]] std::string run_prefix(std::string_view environment, const RunId& run);
/// `ENV/runs/RUN/plan.json`
[[nodiscard]] std::string plan_key(std::string_view environment, const RunId& run);
/// `ENV/runs/RUN/policy.json`: the rules that it was judged by.
[[nodiscard]] std::string policy_key(std::string_view environment, const RunId& run);
/// `ENV/runs/RUN/allowed_signers` and `ENV/runs/RUN/revoked_keys`: the files that the rules name.
[[nodiscard]] std::string allowed_signers_key(std::string_view environment, const RunId& run);
[[nodiscard]] std::string revoked_keys_key(std::string_view environment, const RunId& run);
/// `ENV/runs/RUN/result.json`
[[nodiscard]] std::string run_result_key(std::string_view environment, const RunId& run);
/// `ENV/runs/RUN/ADDRESS/ATTEMPT/result.json`, `[` and `]` as `%5B` and `%5D`.
[[nodiscard]] std::string result_key(std::string_view environment, const RunId& run,
                                     const Address& address, std::uint64_t attempt);
/// `ENV/runs/RUN/ADDRESS/ATTEMPT/files.zip`
[[nodiscard]] std::string files_key(std::string_view environment, const RunId& run,
                                    const Address& address, std::uint64_t attempt);

}  // namespace cemli
