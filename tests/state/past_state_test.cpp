#include "state/past_state.h"

#include <catch2/catch.hpp>

#include "state/log.h"
#include "state/object_names.h"
#include "state/state_copy.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using test::address_of;
using test::finished;
using test::MemoryStore;
using test::moment;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::started;
using test::time_at;
using test::written_by;

LogPoint point_of(std::string_view text) {
  const auto point = parse_log_point(text);
  if (!point) FAIL(point.error().message());
  return *point;
}

/// Entries 1 to 4, written at one to four minutes past six; `run-1` is entries 2 and 3.
struct PastLog {
  MemoryStore store;
  LogReading reading;

  PastLog() {
    reading.state.environment = "dev";
    add(operator_jane(), EnvironmentSuspended{"later"});
    add(written_by("run-1"), run_started("run-1"));
    add(written_by("run-1"), run_finished("run-1"));
    add(operator_jane(), EnvironmentResumed{"now"});
  }

  void add(const Writer& writer, Event event) {
    const int minute = static_cast<int>(reading.state.seq()) + 1;
    const ComposedEntry entry =
        compose_entry(reading.state, writer, moment(60 * minute), {std::move(event)});
    REQUIRE(send_entry(store, entry));
    REQUIRE(fold_bytes(store, reading, entry.bytes));
  }

  [[nodiscard]] std::uint64_t seq_at(std::string_view text) {
    const auto state = read_state_at(store, "dev", point_of(text));
    if (!state) FAIL(state.error().message());
    return state->seq();
  }

  [[nodiscard]] std::string refusal(std::string_view text) {
    const auto state = read_state_at(store, "dev", point_of(text));
    REQUIRE_FALSE(state);
    CHECK(state.error().code() == ErrorCode::not_found);
    return state.error().message();
  }
};

TEST_CASE("a point of the log is an entry's number or a time") {
  CHECK(point_of("42") == LogPoint(std::uint64_t{42}));
  CHECK(point_of("2026-11-23T06:41:05.123Z") == LogPoint(time_at("2026-11-23T06:41:05.123Z")));
  CHECK(point_of("2026-11-23T06:41:05Z") == LogPoint(time_at("2026-11-23T06:41:05.999Z")));
  CHECK(point_of("2026-11-23 06:41") == LogPoint(time_at("2026-11-23T06:41:59.999Z")));
  CHECK(point_of("2026-11-23") == LogPoint(time_at("2026-11-23T23:59:59.999Z")));
  for (const char* text : {"", "0", "-1", "yesterday", "2026-13-01", "2026-11-23T06", "1x"}) {
    const auto point = parse_log_point(text);
    CAPTURE(text);
    REQUIRE_FALSE(point);
    CHECK(point.error().code() == ErrorCode::usage);
  }
}

TEST_CASE("the state at a point is the fold up to there") {
  PastLog log;
  CHECK(log.seq_at("1") == 1);
  CHECK(log.seq_at("4") == 4);
  CHECK(log.seq_at("2026-11-23 06:02") == 2);
  CHECK(log.seq_at("2026-11-23T06:02:59.999Z") == 2);
  CHECK(log.seq_at("2030-01-01") == 4);
  const auto second = read_state_at(log.store, "dev", point_of("2"));
  REQUIRE(second);
  CHECK(second->active_run->started.run == "run-1");
  CHECK(second->suspension);
  CHECK(*read_state_at(log.store, "dev", point_of("4")) == log.reading.state);
}

TEST_CASE("a point before the log or beyond it has no state") {
  PastLog log;
  CHECK(log.refusal("5") == "the log of environment 'dev' ends with entry 4");
  CHECK(log.refusal("2026-11-23 06:00") ==
        "nothing was recorded in environment 'dev' by 2026-11-23T06:00:59.999Z");
  log.store.objects.clear();
  CHECK(log.refusal("1") == "nothing was ever recorded in environment 'dev'");
}

TEST_CASE("a run leaves the state at its end, whatever comes after") {
  PastLog log;
  const auto after = read_state_after(log.store, "dev", "run-1");
  REQUIRE(after);
  CHECK(after->seq() == 3);
  const auto unknown = read_state_after(log.store, "dev", "run-2");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == ErrorCode::not_found);
}

// Copies of other environments.

TEST_CASE("readers take a copied state from the store, and miss it where it is not") {
  PastLog log;
  RecordedState other = log.reading.state;
  other.environment = "prod";
  const auto reference = write_state_copy(log.store, "dev", other);
  REQUIRE(reference);
  CHECK(reference->key == "dev/refreshes/" + reference->digest.hex() + ".json");
  REQUIRE(write_state_copy(log.store, "dev", other));
  log.add(operator_jane(),
          EnvironmentRefreshed{"prod", other.head->seq, other.head->digest, *reference, "cloned"});
  const auto read = read_log(log.store, "dev", RecordedCache(std::nullopt));
  REQUIRE(read);
  CHECK(read->state == log.reading.state);

  log.store.objects.at(reference->key) += " ";
  const auto altered = read_log(log.store, "dev", RecordedCache(std::nullopt));
  REQUIRE_FALSE(altered);
  CHECK(altered.error().code() == ErrorCode::corrupt);
  CHECK(altered.error().message() ==
        "'" + reference->key + "': altered: its digest is not the recorded one");
  log.store.objects.erase(reference->key);
  const auto missing = read_log(log.store, "dev", RecordedCache(std::nullopt));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::corrupt);
  CHECK(missing.error().message() ==
        "'" + reference->key + "': missing, although the log names it");
}

}  // namespace
}  // namespace cemli
