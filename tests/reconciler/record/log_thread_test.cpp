#include "reconciler/record/log_thread.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <latch>

#include "state/object_names.h"
#include "tests/reconciler/record/run_log.h"
#include "tests/support/faulty_store.h"
#include "tests/support/hooked_store.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::address_of;
using test::entries_of;
using test::finished;
using test::HookedStore;
using test::MemoryStore;
using test::say;
using test::started;

/// The log thread of a run that has just started, on a store that tests may disturb.
struct Fixture {
  explicit Fixture(Store& store, std::chrono::milliseconds lease = 10min)
      : log(test::begin_run(store, lease), news) {}

  template <typename News>
  News await() {
    return test::await_news<News>(news.fd(), [this] { return news.take(); });
  }

  NewsQueue news;
  LogThread log;
};

/// The kinds of an entry's events and what they are about: `+a` starts, `-a` ends.
std::string words_of(const Entry& entry) {
  std::string words;
  for (const Event& event : entry.events) {
    if (const auto* start = std::get_if<PackageStarted>(&event))
      words += "+" + start->identity.address.text() + " ";
    if (const auto* end = std::get_if<PackageFinished>(&event))
      words += "-" + end->address.text() + " ";
    if (std::holds_alternative<Heartbeat>(event)) words += "heartbeat ";
  }
  return words;
}

TEST_CASE("an announcement is news once it is in the log") {
  MemoryStore store;
  Fixture fixture(store);
  CHECK(fixture.log.queue(started("a", 1)));
  CHECK(fixture.await<StartDurable>().address == address_of("a"));
  CHECK(test::state_of(store).addresses.at(address_of("a")).status == Status::running);
  REQUIRE_FALSE(fixture.log.finish().failure);
}

TEST_CASE("the deadlines of the lease are news at once and after each append") {
  MemoryStore store;
  Fixture fixture(store);
  const StepDeadlines first = fixture.await<LeaseRenewed>().deadlines;
  CHECK(first.last_start < first.terminate);
  CHECK(first.terminate < first.kill);
  fixture.log.queue(started("a", 1));
  CHECK(fixture.await<LeaseRenewed>().deadlines.last_start > first.last_start);
  REQUIRE_FALSE(fixture.log.finish().failure);
}

TEST_CASE("events that arrive while an append is in flight land in one entry") {
  MemoryStore inner;
  HookedStore store(inner);
  std::latch in_flight(1);
  std::latch go_on(1);
  bool is_armed = false;
  store.before_create = [&](const std::string&) {
    if (!std::exchange(is_armed, false)) return;
    in_flight.count_down();
    go_on.wait();
  };
  Fixture fixture(store);
  is_armed = true;
  fixture.log.queue(started("a", 1));
  in_flight.wait();
  for (const char* address : {"b", "c", "d"}) fixture.log.queue(started(address, 1));
  fixture.log.queue(finished("a", 1, OutcomeKind::succeeded));
  go_on.count_down();
  REQUIRE_FALSE(fixture.log.finish().failure);
  const auto entries = entries_of(inner);
  REQUIRE(entries.size() == 3);
  CHECK(words_of(entries[1]) == "+a ");
  CHECK(words_of(entries[2]) == "+b +c +d -a ");
}

TEST_CASE("a silent run writes heartbeats, also while evidence takes its time") {
  MemoryStore store;
  Fixture fixture(store, 300ms);
  // The first one tells the deadlines as they are, the others come from appends.
  for (int i = 0; i < 4; ++i) fixture.await<LeaseRenewed>();
  REQUIRE_FALSE(fixture.log.finish().failure);
  const auto entries = entries_of(store);
  REQUIRE(entries.size() >= 4);
  for (std::size_t i = 1; i < entries.size(); ++i) CHECK(words_of(entries[i]) == "heartbeat ");
}

TEST_CASE("a run that was set aside is fenced and appends nothing more") {
  MemoryStore store;
  Fixture fixture(store);
  say(store, {RunAbandoned{test::kRun, "its machine burnt down"}});
  fixture.log.queue(started("a", 1));
  CHECK_THAT(fixture.await<Fenced>().why, Catch::Contains("set aside by jane"));
  CHECK_FALSE(fixture.log.is_usable());
  CHECK_FALSE(fixture.log.queue(started("b", 1)));
  CHECK_FALSE(fixture.log.await_start(address_of("b")));
  const LogEnd end = fixture.log.finish();
  REQUIRE(end.failure);
  CHECK(end.failure->code() == ErrorCode::locked);
  CHECK(end.unsent.empty());
  CHECK(entries_of(store).size() == 2);
}

TEST_CASE("who waits for a start goes on once it is in the log, or never will be") {
  MemoryStore store;
  Fixture fixture(store);
  CHECK(fixture.log.await_start(address_of("never-queued")));
  fixture.log.queue(started("a", 1));
  CHECK(fixture.log.await_start(address_of("a")));
  CHECK(words_of(entries_of(store).back()) == "+a ");
  say(store, {EnvironmentSuspended{"quarter end"}});
  fixture.log.queue(started("b", 1));
  CHECK_FALSE(fixture.log.await_start(address_of("b")));
  say(store, {EnvironmentResumed{"books closed"}, RunAbandoned{test::kRun, "burnt down"}});
  fixture.log.queue(finished("a", 1, OutcomeKind::succeeded));
  fixture.await<Fenced>();
  CHECK(fixture.log.await_start(address_of("a")));
  CHECK(entries_of(store).size() == 4);
}

TEST_CASE("a start that is in flight when its run is fenced is not waited for longer") {
  MemoryStore store;
  Fixture fixture(store);
  say(store, {RunAbandoned{test::kRun, "burnt down"}});
  fixture.log.queue(started("a", 1));
  CHECK_FALSE(fixture.log.await_start(address_of("a")));
}

TEST_CASE("an operator's hold, resolve or suspension that comes first takes starts out") {
  MemoryStore inner;
  HookedStore store(inner);
  std::latch in_flight(1);
  std::latch go_on(1);
  bool is_armed = false;
  const Address a = address_of("a");
  const auto word = GENERATE(as<std::string>(), "hold", "resolve", "suspend", "taint");
  store.before_create = [&](const std::string&) {
    if (!std::exchange(is_armed, false)) return;
    in_flight.count_down();
    go_on.wait();
    if (word == "hold") say(inner, {PackageHeld{a, Digest::of("x"), "not now"}});
    if (word == "resolve") {
      say(inner, {PackageResolved{a, "r", 1, Resolution::succeeded, "seen by hand"}});
    }
    if (word == "suspend") say(inner, {EnvironmentSuspended{"quarter end"}});
    if (word == "taint") say(inner, {PackageTainted{a, "restored"}});
  };
  Fixture fixture(store);
  is_armed = true;
  fixture.log.queue(started("a", 1));
  in_flight.wait();
  // Behind the append in flight, with an end that may not be recorded without its start.
  for (const char* address : {"b", "c"}) fixture.log.queue(started(address, 1));
  fixture.log.queue(finished("a", 1, OutcomeKind::error));
  go_on.count_down();

  if (word == "taint") {
    fixture.await<StartDurable>();
    REQUIRE_FALSE(fixture.log.finish().failure);
    CHECK(words_of(entries_of(inner).back()) == "+b +c -a ");
    return;
  }
  const StartsForbidden news = fixture.await<StartsForbidden>();
  CHECK(news.all == (word == "suspend"));
  if (!news.all) CHECK(news.addresses == std::vector{address_of("a")});
  CHECK_THAT(news.why, Catch::Contains("jane"));
  // What comes later is dropped, too.
  CHECK_FALSE(fixture.log.queue(started("a", 1)));
  CHECK_FALSE(fixture.log.queue(finished("a", 1, OutcomeKind::not_started)));
  CHECK(fixture.await<StartsForbidden>().addresses == std::vector{address_of("a")});
  REQUIRE_FALSE(fixture.log.finish().failure);
  const auto entries = entries_of(inner);
  if (news.all) {
    CHECK(entries.size() == 2);
  } else {
    REQUIRE(entries.size() == 3);
    CHECK(words_of(entries[2]) == "+b +c ");
  }
  CHECK(test::state_of(inner).active_run);
}

TEST_CASE("the end of what was started before it was forbidden is recorded") {
  MemoryStore store;
  Fixture fixture(store);
  fixture.log.queue(started("a", 1));
  fixture.await<StartDurable>();
  say(store, {PackageHeld{address_of("a"), Digest::of("x"), "not now"}});
  fixture.log.queue(started("b", 1));
  fixture.await<StartsForbidden>();
  CHECK(fixture.log.queue(finished("a", 1, OutcomeKind::not_started)));
  REQUIRE_FALSE(fixture.log.finish().failure);
  CHECK(test::state_of(store).addresses.at(address_of("a")).status == Status::not_started);
}

TEST_CASE("an append that fails or whose answer is lost is sent again with the same bytes") {
  MemoryStore inner;
  test::FaultyStore store(inner);
  Fixture fixture(store);
  const bool is_lost = GENERATE(true, false);
  if (is_lost) store.lose_answers(1);
  if (!is_lost) store.refuse_creates(3);
  fixture.log.queue(started("a", 1));
  CHECK(fixture.await<StartDurable>().address == address_of("a"));
  REQUIRE_FALSE(fixture.log.finish().failure);
  const std::string key = log_key("dev", 2);
  std::set<std::string> variants;
  std::size_t tries = 0;
  for (const auto& [sent, bytes] : store.sent()) {
    if (sent != key) continue;
    variants.insert(bytes);
    ++tries;
  }
  CHECK(tries == (is_lost ? 1 : 4));
  CHECK(variants.size() == 1);
  CHECK(entries_of(inner).size() == 2);
}

TEST_CASE("a store that stays away makes the record lost by the lease's end") {
  MemoryStore inner;
  test::FaultyStore store(inner);
  Fixture fixture(store, 400ms);
  store.refuse_creates(1'000'000);
  CHECK_THAT(fixture.await<RecordLost>().why, Catch::Contains("injected"));
  CHECK(fixture.log.queue(started("a", 1)));
  const LogEnd end = fixture.log.finish();
  REQUIRE(end.failure);
  CHECK(end.failure->code() == ErrorCode::unavailable);
  // The heartbeat that was sent in vain, and what came behind it.
  CHECK(end.lease.unknown());
  CHECK(end.unsent.size() == 1);
}

TEST_CASE("a store that refuses access is not asked again") {
  MemoryStore inner;
  test::FaultyStore store(inner);
  Fixture fixture(store);
  store.refuse_creates(1, ErrorCode::denied);
  fixture.log.queue(started("a", 1));
  fixture.await<RecordLost>();
  REQUIRE(fixture.log.finish().failure);
  CHECK(entries_of(inner).size() == 1);
}

TEST_CASE("more than an entry may hold is split, in order, also where JSON makes it longer") {
  MemoryStore inner;
  HookedStore store(inner);
  std::latch go_on(1);
  bool is_armed = false;
  store.before_create = [&](const std::string&) {
    if (std::exchange(is_armed, false)) go_on.wait();
  };
  Fixture fixture(store);
  is_armed = true;
  const auto [content, count] = GENERATE(as<std::pair<char, int>>(), std::pair('x', 12),
                                         std::pair('"', 7), std::pair('\x01', 3));
  for (int i = 0; i < count; ++i) {
    PackageStarted event = started(fmt::format("p{}", i), 1);
    event.identity.parameters["text"] = std::string(100'000, content);
    fixture.log.queue(std::move(event));
  }
  go_on.count_down();
  REQUIRE_FALSE(fixture.log.finish().failure);
  int next = 0;
  const auto entries = entries_of(inner);
  CHECK(entries.size() > 2);
  for (const auto& [key, bytes] : inner.objects) CHECK(bytes.size() <= 1024 * 1024);
  for (const Entry& entry : entries) {
    for (const Event& event : entry.events) {
      if (const auto* start = std::get_if<PackageStarted>(&event))
        CHECK(start->identity.address.text() == fmt::format("p{}", next++));
    }
  }
  CHECK(next == count);
}

}  // namespace
}  // namespace cemli
