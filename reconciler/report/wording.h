#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/report/terminal.h"
#include "state/base/address.h"
#include "state/base/clock.h"
#include "state/event.h"
#include "state/recorded_state.h"

namespace cemli {

/// `2026-11-23 02:14:55 UTC`.
[[nodiscard]] std::string describe_time(Timestamp time);
/// `2026-11-23 02:14 UTC` from a time as records write it; anything else as it is.
[[nodiscard]] std::string describe_time(std::string_view timestamp);

/// `1 package`, `3 packages`.
[[nodiscard]] std::string count_of(std::uint64_t count, std::string_view noun);

/// Quoted for a shell where it must be: `'l10n[FR]'`.
[[nodiscard]] std::string shell_word(std::string_view text);

/// The first 12 digits of a commit id.
[[nodiscard]] std::string abbreviated_commit(std::string_view commit);

/// `SEQ:HASH`, whole: what `audit verify` takes as an anchor.
[[nodiscard]] std::string anchor_of(const Head& head);

/// `27 succeeded, 1 failed, 2 blocked`; nothing at all is `nothing was run`.
[[nodiscard]] std::string describe_counts(const RunCounts& counts);

/// The colour of the word for how a run or a package ended.
[[nodiscard]] Paint outcome_paint(std::string_view outcome);

/// `a, b, c`; `separator` between them.
[[nodiscard]] std::string joined(const std::vector<std::string>& parts, std::string_view separator);
[[nodiscard]] std::string joined(const std::vector<Address>& addresses);

/// `cemli logs RUN ADDRESS -e ENV`.
[[nodiscard]] std::string logs_command(const RunId& run, const Address& address,
                                       std::string_view environment);

}  // namespace cemli
