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
/// The key of the signature of an approval.
[[nodiscard]] std::string signature_key(std::string_view approval_key);
/// `ENV/approved/<plan digest>.json`: a plan that was approved, as `plan --format json` shows it.
[[nodiscard]] std::string approved_plan_key(std::string_view environment, const Digest& plan);
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
/// `ENV/runs/RUN/result.json`
[[nodiscard]] std::string run_result_key(std::string_view environment, const RunId& run);
/// `ENV/runs/RUN/ADDRESS/ATTEMPT/result.json`, `[` and `]` as `%5B` and `%5D`.
[[nodiscard]] std::string result_key(std::string_view environment, const RunId& run,
                                     const Address& address, std::uint64_t attempt);
/// `ENV/runs/RUN/ADDRESS/ATTEMPT/files.zip`
[[nodiscard]] std::string files_key(std::string_view environment, const RunId& run,
                                    const Address& address, std::uint64_t attempt);

}  // namespace cemli
