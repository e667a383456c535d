#include "state/base/clock.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <time.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace cemli {

using std::chrono::milliseconds;

Timestamp wall_now() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

BootTime boot_now() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

namespace {

struct CivilTime {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<milliseconds> time;
};

CivilTime civil(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<milliseconds>(time - day)};
}

bool read_number(std::string_view text, std::size_t at, std::size_t length, int& number) {
  const char* first = text.data() + at;
  const auto [end, error] = std::from_chars(first, first + length, number);
  return error == std::errc() && end == first + length;
}

}  // namespace

std::string format_timestamp(Timestamp time) {
  const CivilTime c = civil(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int{c.date.year()},
                     unsigned{c.date.month()}, unsigned{c.date.day()}, c.time.hours().count(),
                     c.time.minutes().count(), c.time.seconds().count(),
                     c.time.subseconds().count());
}

std::string describe_minute(Timestamp time) {
  const CivilTime c = civil(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", int{c.date.year()},
                     unsigned{c.date.month()}, unsigned{c.date.day()}, c.time.hours().count(),
                     c.time.minutes().count());
}

std::string format_compact_timestamp(Timestamp time) {
  const CivilTime c = civil(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", int{c.date.year()},
                     unsigned{c.date.month()}, unsigned{c.date.day()}, c.time.hours().count(),
                     c.time.minutes().count(), c.time.seconds().count());
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  const Error wrong(ErrorCode::invalid_input,
                    fmt::format("'{}' is not a time like 2026-11-23T06:41:05.123Z", text));
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000Z";
  if (text.size() != kShape.size()) return wrong;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = kShape[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == kShape[i];
    if (!fits) return wrong;
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
  if (!read_number(text, 0, 4, year) || !read_number(text, 5, 2, month) ||
      !read_number(text, 8, 2, day) || !read_number(text, 11, 2, hour) ||
      !read_number(text, 14, 2, minute) || !read_number(text, 17, 2, second) ||
      !read_number(text, 20, 3, millisecond)) {
    return wrong;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return wrong;
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + milliseconds(millisecond);
}

namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::int64_t kLongest = 3650LL * 86'400'000;

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  const Error wrong(
      ErrorCode::invalid_input,
      fmt::format("'{}' is not a duration: expected a whole number and ms, s, m, h or d", text));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number <= 0) return wrong;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : kUnits) {
    if (suffix != unit.name) continue;
    if (number > kLongest / unit.milliseconds) {
      return Error(ErrorCode::invalid_input, fmt::format("'{}' is too long: at most 3650d", text));
    }
    return milliseconds(number * unit.milliseconds);
  }
  return wrong;
}

std::string format_duration(milliseconds duration) {
  for (const Unit& unit : kUnits) {
    if (duration.count() % unit.milliseconds == 0 && duration.count() != 0)
      return fmt::format("{}{}", duration.count() / unit.milliseconds, unit.name);
  }
  return "0ms";
}

std::string describe_duration(milliseconds duration) {
  const std::int64_t total = duration.count();
  if (total < 10'000) return fmt::format("{}.{}s", total / 1000, total % 1000 / 100);
  const std::int64_t seconds = total / 1000;
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}h {:02}m", seconds / 3600, seconds % 3600 / 60);
}

}  // namespace cemli
