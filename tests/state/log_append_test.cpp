#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <thread>

#include "state/base/file.h"
#include "state/log.h"
#include "state/object_names.h"
#include "state/store/directory_store.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::FaultyStore;
using test::MemoryStore;
using test::operator_jane;

LogReading read(Store& store) {
  auto reading = read_log(store, "dev", RecordedCache(std::nullopt));
  if (!reading) FAIL(reading.error().message());
  return *std::move(reading);
}

std::string key(std::uint64_t seq) {
  return log_key("dev", seq);
}

RecordedState empty_state() {
  RecordedState state;
  state.environment = "dev";
  return state;
}

ComposedEntry compose(const RecordedState& state, std::string why = "quarter end") {
  return compose_entry(state, operator_jane(), test::moment(0),
                       {EnvironmentSuspended{std::move(why)}});
}

bool never() {
  return false;
}

/// A log of two entries.
LogReading write_log(Store& store) {
  LogReading reading{empty_state(), {}, {}};
  for (int i = 0; i < 2; ++i) {
    const ComposedEntry entry = compose(reading.state);
    REQUIRE(send_entry(store, entry));
    REQUIRE(fold_bytes(store, reading, entry.bytes));
  }
  return reading;
}

}  // namespace

TEST_CASE("an entry is composed on its head, with a nonce of its own") {
  const ComposedEntry first = compose(empty_state());
  CHECK(first.seq == 1);
  CHECK(first.key == "dev/log/00000000000000000001.json");
  const auto entry = decode_entry(first.bytes);
  REQUIRE(entry);
  CHECK_FALSE(entry->prev);
  CHECK(entry->log.size() == 32);
  CHECK(entry->environment == "dev");
  CHECK(entry->writer == operator_jane());
  const auto other = decode_entry(compose(empty_state()).bytes);
  REQUIRE(other);
  CHECK(other->nonce != entry->nonce);
  CHECK(other->log != entry->log);

  MemoryStore store;
  const LogReading written = write_log(store);
  const ComposedEntry third = compose(written.state);
  CHECK(third.seq == 3);
  const auto next = decode_entry(third.bytes);
  REQUIRE(next);
  CHECK(next->log == written.state.log);
  CHECK(next->prev == Digest::of(store.objects.at(key(2))));
}

TEST_CASE("an entry lands once") {
  MemoryStore store;
  const ComposedEntry entry = compose(empty_state());
  const auto sending = send_entry(store, entry);
  REQUIRE(sending);
  CHECK(std::holds_alternative<Landed>(*sending));
  CHECK(store.objects.at(key(1)) == entry.bytes);
  // Sent again, the same bytes are still this entry.
  const auto again = send_entry(store, entry);
  REQUIRE(again);
  CHECK(std::holds_alternative<Landed>(*again));
  CHECK(store.objects.size() == 1);
}

TEST_CASE("a foreign entry at the number is handed back, and stays") {
  MemoryStore store;
  const ComposedEntry theirs = compose(empty_state());
  REQUIRE(send_entry(store, theirs));
  // Own means byte for byte: the same events of the same writer are not enough.
  const auto sending = send_entry(store, compose(empty_state()));
  REQUIRE(sending);
  REQUIRE(std::holds_alternative<Overtaken>(*sending));
  CHECK(std::get<Overtaken>(*sending).bytes == theirs.bytes);
  CHECK(store.objects.at(key(1)) == theirs.bytes);
}

TEST_CASE("a create whose answer was lost or denied is recognised as success") {
  MemoryStore memory;
  FaultyStore store(memory);
  const ComposedEntry entry = compose(empty_state());
  SECTION("lost") {
    store.lose_answers(1);
  }
  SECTION("denied") {
    store.deny_successes(1);
  }
  const auto sending = send_entry(store, entry);
  REQUIRE(sending);
  CHECK(std::holds_alternative<Landed>(*sending));
  CHECK(store.requests().creates == 1);
  CHECK(memory.objects.at(key(1)) == entry.bytes);
}

TEST_CASE("a lost answer to a create that somebody else won is no success") {
  MemoryStore memory;
  const ComposedEntry theirs = compose(empty_state());
  REQUIRE(send_entry(memory, theirs));
  FaultyStore store(memory);
  store.lose_answers(1);
  const auto sending = send_entry(store, compose(empty_state()));
  REQUIRE(sending);
  CHECK(std::holds_alternative<Overtaken>(*sending));
}

TEST_CASE("while nothing is at the number, the fate of what was sent is not known") {
  MemoryStore memory;
  FaultyStore store(memory);
  const ComposedEntry entry = compose(empty_state());
  store.refuse_creates(1);
  const auto refused = send_entry(store, entry);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::unavailable);
  CHECK(memory.objects.empty());

  store.deny_successes(1);
  store.hide(entry.key, 1);
  const auto unseen = send_entry(store, entry);
  REQUIRE_FALSE(unseen);
  CHECK(unseen.error().code() == ErrorCode::unavailable);
  CHECK(unseen.error().message() ==
        "the store says that 'dev/log/00000000000000000001.json' exists and does not serve it");

  const auto found = send_entry(store, entry);
  REQUIRE(found);
  CHECK(std::holds_alternative<Landed>(*found));
}

TEST_CASE("the same bytes are sent until their fate is known") {
  MemoryStore memory;
  FaultyStore store(memory);
  const ComposedEntry entry = compose(empty_state());
  store.refuse_creates(3);
  std::vector<std::string> notes;
  const auto sending = send_until_known(store, entry, never,
                                        [&](const std::string& note) { notes.push_back(note); });
  REQUIRE(sending);
  CHECK(std::holds_alternative<Landed>(*sending));
  REQUIRE(store.sent().size() == 4);
  for (const auto& [sent_key, bytes] : store.sent()) {
    CHECK(sent_key == entry.key);
    CHECK(bytes == entry.bytes);
  }
  CHECK(notes == std::vector<std::string>{"cannot append to the log (injected: refused before the "
                                          "write); trying again"});
}

TEST_CASE("an entry that landed while its answer was lost is not sent behind another one") {
  MemoryStore memory;
  FaultyStore store(memory);
  const ComposedEntry entry = compose(empty_state());
  // It landed unseen; the second try meets it.
  store.lose_answers(1);
  store.hide(entry.key, 1);
  const auto sending = send_until_known(store, entry, never, [](const std::string&) {});
  REQUIRE(sending);
  CHECK(std::holds_alternative<Landed>(*sending));
  CHECK(store.requests().creates == 2);
  CHECK(memory.objects.size() == 1);
}

TEST_CASE("trying ends when the caller gives up, with the last error") {
  MemoryStore memory;
  FaultyStore store(memory);
  store.refuse_creates(1000);
  int asked = 0;
  const auto sending = send_until_known(
      store, compose(empty_state()), [&asked] { return ++asked == 3; }, [](const std::string&) {});
  REQUIRE_FALSE(sending);
  CHECK(sending.error().code() == ErrorCode::unavailable);
  CHECK(sending.error().message() == "appending to the log: injected: refused before the write");
  CHECK(store.requests().creates == 3);
}

TEST_CASE("what trying again cannot mend is not tried again") {
  for (const ErrorCode code : {ErrorCode::denied, ErrorCode::not_found}) {
    MemoryStore memory;
    FaultyStore store(memory);
    store.refuse_creates(1, code);
    const auto sending = send_until_known(store, compose(empty_state()), never,
                                          [](const std::string&) { FAIL("nothing to wait for"); });
    REQUIRE_FALSE(sending);
    CHECK(sending.error().code() == code);
    CHECK(store.requests().creates == 1);
  }
}

TEST_CASE("of 16 writers of one number exactly one lands, and all others read its entry") {
  const auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-log-test-");
  REQUIRE(folder);
  const auto store = make_directory_store(folder->path());
  constexpr std::size_t kWriters = 16;
  LogReading reading;
  reading.state.environment = "dev";
  for (int round = 0; round < 10; ++round) {
    std::vector<ComposedEntry> entries;
    for (std::size_t i = 0; i < kWriters; ++i) entries.push_back(compose(reading.state));
    std::atomic<std::size_t> ready = 0;
    std::vector<Result<Sending>> sendings(kWriters, Result<Sending>(Sending(Landed{})));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kWriters; ++i) {
      threads.emplace_back([&, i] {
        for (++ready; ready < kWriters;) std::this_thread::yield();
        sendings[i] = send_entry(*store, entries[i]);
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::set<std::string> winners;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < kWriters; ++i) {
      REQUIRE(sendings[i]);
      if (std::holds_alternative<Landed>(*sendings[i])) {
        winners.insert(entries[i].bytes);
      } else {
        seen.insert(std::get<Overtaken>(*sendings[i]).bytes);
      }
    }
    REQUIRE(winners.size() == 1);
    REQUIRE(seen == winners);
    REQUIRE(fold_bytes(*store, reading, *winners.begin()));
  }
  CHECK(read(*store).state == reading.state);
}

TEST_CASE("an operator's command decides again on whatever came first") {
  MemoryStore store;
  LogReading reading = write_log(store);
  std::vector<std::uint64_t> decided_on;
  const auto decide = [&](const RecordedState& state) -> Result<std::vector<Event>> {
    decided_on.push_back(state.seq());
    // Somebody comes first, twice.
    if (decided_on.size() <= 2) REQUIRE(send_entry(store, compose(state, "first")));
    return std::vector<Event>{EnvironmentSuspended{"mine"}};
  };
  REQUIRE(append_decision(store, reading, operator_jane(), decide));
  CHECK(decided_on == std::vector<std::uint64_t>{2, 3, 4});
  CHECK(reading.state.seq() == 5);
  CHECK(reading.state.suspension->why == "mine");
  CHECK(read(store).state == reading.state);
}

TEST_CASE("an operator's command that has nothing to say writes nothing") {
  MemoryStore store;
  LogReading reading = write_log(store);
  const auto appended = append_decision(store, reading, operator_jane(),
                                        [](const RecordedState&) -> Result<std::vector<Event>> {
                                          return Error(ErrorCode::not_found, "no such address");
                                        });
  REQUIRE_FALSE(appended);
  CHECK(appended.error().message() == "no such address");
  CHECK(store.objects.size() == 2);
}

TEST_CASE("an operator's command is not appended to a head that is not what was read") {
  MemoryStore store;
  LogReading reading = write_log(store);
  store.objects.at(key(2)).insert(1, " ");
  const auto appended = append_decision(store, reading, operator_jane(),
                                        [](const RecordedState&) -> Result<std::vector<Event>> {
                                          return std::vector<Event>{EnvironmentSuspended{"mine"}};
                                        });
  REQUIRE_FALSE(appended);
  CHECK(appended.error().code() == ErrorCode::corrupt);
  CHECK(store.objects.size() == 2);
}

TEST_CASE("entries are visited in order from the first on") {
  MemoryStore store;
  static_cast<void>(write_log(store));
  std::vector<std::uint64_t> seen;
  REQUIRE(for_each_entry(store, "dev",
                         [&](const Entry& entry, const Digest&) { seen.push_back(entry.seq); }));
  CHECK(seen == std::vector<std::uint64_t>{1, 2});
  store.objects[key(3)] = "{}";
  const auto visited = for_each_entry(store, "dev", [](const Entry&, const Digest&) {});
  REQUIRE_FALSE(visited);
  CHECK(visited.error().message() == "'dev/log/00000000000000000003.json': /format: missing");
}

}  // namespace cemli
