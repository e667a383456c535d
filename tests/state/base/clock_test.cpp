#include "state/base/clock.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

namespace cemli {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

Timestamp at(std::int64_t count) {
  return Timestamp(milliseconds(count));
}

}  // namespace

TEST_CASE("times are written in UTC with milliseconds") {
  CHECK(format_timestamp(at(1795416065123)) == "2026-11-23T06:41:05.123Z");
  CHECK(format_timestamp(at(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(format_timestamp(at(-1)) == "1969-12-31T23:59:59.999Z");
  CHECK(format_compact_timestamp(at(1795416065123)) == "20261123T064105Z");
}

TEST_CASE("times are read back") {
  const auto time = parse_timestamp("2026-11-23T06:41:05.123Z");
  REQUIRE(time);
  CHECK(*time == at(1795416065123));
  CHECK(*parse_timestamp("2024-02-29T23:59:59.999Z") == at(1709251199999));
}

TEST_CASE("what is not such a time is refused") {
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T06:41:05Z", "2026-11-23T06:41:05.123",
        "2026-13-01T00:00:00.000Z", "2026-02-29T00:00:00.000Z", "2026-11-23T24:00:00.000Z",
        "2026-11-23T06:60:00.000Z", "2026-11-23T06:41:60.000Z", "2026-11-23 06:41:05.123Z",
        "2026-11-23T06:41:05.123z", "2026-11-23T-0:41:05.123Z", "2026-11-23T06:41:05.-12Z",
        "2026-11-23T06:41: 5.123Z", "2026-11-23T06:41:05.123Z "}) {
    INFO(text);
    const auto time = parse_timestamp(text);
    REQUIRE_FALSE(time);
    CHECK(time.error().code() == ErrorCode::invalid_input);
  }
}

TEST_CASE("durations are a whole number and a unit") {
  CHECK(*parse_duration("1500ms") == 1500ms);
  CHECK(*parse_duration("2s") == 2s);
  CHECK(*parse_duration("10m") == 10min);
  CHECK(*parse_duration("1h") == 1h);
  CHECK(*parse_duration("3650d") == 24h * 3650);
  for (const char* text :
       {"", "5", "m", "0s", "-1s", "+1s", "1.5s", " 1s", "1 s", "1s ", "1S", "1w", "1h30m",
        "99999999999999999999s", "3651d", "9223372036854775807d"}) {
    INFO(text);
    const auto duration = parse_duration(text);
    REQUIRE_FALSE(duration);
    CHECK(duration.error().code() == ErrorCode::invalid_input);
  }
}

TEST_CASE("a duration is written in the largest unit that holds it exactly, and read back") {
  CHECK(format_duration(0ms) == "0ms");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(5min) == "5m");
  CHECK(format_duration(60min) == "1h");
  CHECK(format_duration(36h) == "36h");
  CHECK(format_duration(48h) == "2d");
  CHECK(*parse_duration(format_duration(90s)) == 90s);
}

TEST_CASE("a duration is told to people in the precision they care for") {
  CHECK(describe_duration(0ms) == "0.0s");
  CHECK(describe_duration(449ms) == "0.4s");
  CHECK(describe_duration(9999ms) == "9.9s");
  CHECK(describe_duration(12'345ms) == "12s");
  CHECK(describe_duration(200s) == "3m 20s");
  CHECK(describe_duration(3599s) == "59m 59s");
  CHECK(describe_duration(2h + 5min + 59s) == "2h 05m");
}

TEST_CASE("a time is told to people by the minute") {
  CHECK(describe_minute(*parse_timestamp("2026-01-03T06:41:59.999Z")) == "2026-01-03 06:41 UTC");
}

TEST_CASE("the boot clock does not go back") {
  const BootTime first = boot_now();
  CHECK(first > 0ns);
  CHECK(boot_now() >= first);
}

}  // namespace cemli
