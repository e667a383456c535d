#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// Wall time in milliseconds since the epoch, UTC: for people and records, never for decisions.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
/// `CLOCK_BOOTTIME`: rises while the machine sleeps, comparable between processes of one boot.
using BootTime = std::chrono::nanoseconds;

[[nodiscard]] Timestamp wall_now();
[[nodiscard]] BootTime boot_now();

/// `2026-11-23T06:41:05.123Z`.
[[nodiscard]] std::string format_timestamp(Timestamp time);
/// `20261123T064105Z`, for names.
[[nodiscard]] std::string format_compact_timestamp(Timestamp time);
/// Reads what `format_timestamp` writes; `invalid_input` otherwise.
[[nodiscard]] Result<Timestamp> parse_timestamp(std::string_view text);

/// `2026-11-23 06:41 UTC`, for people.
[[nodiscard]] std::string describe_minute(Timestamp time);

/// Reads `N(ms|s|m|h|d)`, N a positive whole number; at most 3650 days.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// Writes a duration in the largest unit that holds it exactly: `5m`, `90s`, `1500ms`.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);
/// Rounded for people: `0.4s`, `12s`, `3m 20s`, `2h 05m`.
[[nodiscard]] std::string describe_duration(std::chrono::milliseconds duration);

}  // namespace cemli
