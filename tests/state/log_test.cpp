#include "state/log.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"
#include "state/object_names.h"
#include "tests/support/faulty_store.h"
#include "tests/support/forgery.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::FaultyStore;
using test::MemoryStore;
using test::operator_jane;

const RecordedCache kNoCache(std::nullopt);
using Requests = FaultyStore::Requests;

LogReading read(Store& store, const RecordedCache& cache = kNoCache) {
  auto reading = read_log(store, "dev", cache);
  if (!reading) FAIL(reading.error().message());
  return *std::move(reading);
}

Error log_refusal(Store& store, const RecordedCache& cache = kNoCache) {
  auto reading = read_log(store, "dev", cache);
  REQUIRE_FALSE(reading);
  CHECK(reading.error().code() == ErrorCode::corrupt);
  return std::move(reading).error();
}

/// Appends `count` entries of an operator, whose reasons are their numbers.
void append(Store& store, LogReading& reading, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string why = std::to_string(reading.state.seq() + 1);
    const ComposedEntry entry =
        compose_entry(reading.state, operator_jane(), test::moment(0), {EnvironmentSuspended{why}});
    const auto sending = send_entry(store, entry);
    REQUIRE(sending);
    REQUIRE(std::holds_alternative<Landed>(*sending));
    REQUIRE(fold_bytes(store, reading, entry.bytes));
  }
}

/// A log of `count` entries.
LogReading write_log(Store& store, int count) {
  LogReading reading;
  reading.state.environment = "dev";
  append(store, reading, count);
  return reading;
}

std::string key(std::uint64_t seq) {
  return log_key("dev", seq);
}

/// Another entry in place of one, well-formed and with the same `prev`.
void alter(MemoryStore& store, std::uint64_t seq) {
  std::string& bytes = store.objects.at(key(seq));
  bytes = test::forged(bytes, R"("why":")", R"("why":"altered )");
}

RecordedState empty_state() {
  RecordedState state;
  state.environment = "dev";
  return state;
}

struct CacheFolder {
  TemporaryFolder folder =
      TemporaryFolder::make(fs::temp_directory_path(), "cemli-log-test-").value();
  RecordedCache cache{folder.path()};
};

}  // namespace

TEST_CASE("an environment without any entry has a state without a head") {
  MemoryStore store;
  const LogReading reading = read(store);
  CHECK(reading.state == empty_state());
  CHECK_FALSE(reading.state.head);
  CHECK(reading.notices.empty());
}

TEST_CASE("without checkpoint and cache every entry is read once") {
  MemoryStore memory;
  const LogReading written = write_log(memory, 5);
  FaultyStore store(memory);
  const LogReading reading = read(store);
  CHECK(reading.state == written.state);
  CHECK(reading.state.seq() == 5);
  CHECK(reading.state.suspension->why == "5");
  CHECK(reading.debt.entries == 5);
  CHECK(reading.debt.entries_size == written.debt.entries_size);
  CHECK(store.requests() == Requests{5, 0, 2, 0});
}

TEST_CASE("a log longer than one page of a list is read to its end") {
  MemoryStore store;
  const LogReading written = write_log(store, 2001);
  CHECK(read(store).state == written.state);
}

TEST_CASE("what is no entry's name in the log's folder is not read") {
  MemoryStore store;
  const LogReading written = write_log(store, 2);
  store.objects["dev/log/README"] = "do not touch";
  store.objects["dev/log/00000000000000000003.json.bak"] = "?";
  CHECK(read(store).state == written.state);
}

TEST_CASE("with a cache that fits, one request is all") {
  const CacheFolder folder;
  MemoryStore memory;
  const LogReading written = write_log(memory, 5);
  CHECK(read(memory, folder.cache).state == written.state);
  FaultyStore store(memory);
  const LogReading reading = read(store, folder.cache);
  CHECK(reading.state == written.state);
  CHECK(reading.debt == written.debt);
  CHECK(store.requests() == Requests{0, 0, 0, 1});
}

TEST_CASE("only what came after the cache is read") {
  const CacheFolder folder;
  MemoryStore memory;
  LogReading written = write_log(memory, 5);
  static_cast<void>(read(memory, folder.cache));
  append(memory, written, 2);
  FaultyStore store(memory);
  const LogReading reading = read(store, folder.cache);
  CHECK(reading.state == written.state);
  CHECK(reading.debt == written.debt);
  CHECK(store.requests() == Requests{2, 0, 1, 1});
  // And what was read is cached.
  FaultyStore again(memory);
  CHECK(read(again, folder.cache).state == written.state);
  CHECK(again.requests() == Requests{0, 0, 0, 1});
}

TEST_CASE("a cache whose last entry is not in the log is dropped, and that is said") {
  const CacheFolder folder;
  MemoryStore store;
  static_cast<void>(write_log(store, 5));
  static_cast<void>(read(store, folder.cache));
  store.objects.erase(key(4));
  store.objects.erase(key(5));
  const LogReading reading = read(store, folder.cache);
  CHECK(reading.state.seq() == 3);
  CHECK(reading.state == read(store).state);
  CHECK(reading.notices ==
        std::vector<std::string>{"the log has no entry 5 any more, which this machine had read; "
                                 "its local cache is dropped"});
  CHECK(read(store, folder.cache).notices.empty());
}

TEST_CASE("a cache is dropped also where the whole log is gone") {
  const CacheFolder folder;
  MemoryStore store;
  static_cast<void>(write_log(store, 2));
  static_cast<void>(read(store, folder.cache));
  store.objects.clear();
  const LogReading reading = read(store, folder.cache);
  CHECK_FALSE(reading.state.head);
  CHECK(reading.notices.size() == 1);
  CHECK_FALSE(folder.cache.load(store.address(), "dev"));
}

TEST_CASE("a damaged cache is ignored, and mended by the next reading") {
  const CacheFolder folder;
  MemoryStore memory;
  const LogReading written = write_log(memory, 3);
  static_cast<void>(read(memory, folder.cache));
  for (const auto& entry : fs::directory_iterator(folder.folder.path()))
    REQUIRE(replace_file(entry.path(), "not a cache", Durability::relaxed));
  FaultyStore store(memory);
  const LogReading reading = read(store, folder.cache);
  CHECK(reading.state == written.state);
  CHECK(reading.notices.empty());
  CHECK(store.requests() == Requests{3, 0, 2, 0});
  CHECK(folder.cache.load(memory.address(), "dev"));
}

TEST_CASE("news that do not continue what was cached are refused") {
  const CacheFolder folder;
  MemoryStore store;
  LogReading written = write_log(store, 3);
  static_cast<void>(read(store, folder.cache));
  alter(store, 3);
  LogReading altered = read(store);
  append(store, altered, 1);
  CHECK(log_refusal(store, folder.cache).message() ==
        "log entry 4: does not continue the entry before it");
}

TEST_CASE("the newest checkpoint is read on from, and no entry before it") {
  MemoryStore memory;
  LogReading written = write_log(memory, 3);
  REQUIRE(write_checkpoint(memory, written));
  append(memory, written, 4);
  REQUIRE(write_checkpoint(memory, written));
  append(memory, written, 2);
  for (std::uint64_t seq = 1; seq < 7; ++seq) memory.objects.erase(key(seq));
  FaultyStore store(memory);
  const LogReading reading = read(store);
  CHECK(reading.state == written.state);
  CHECK(reading.debt == written.debt);
  CHECK(reading.debt.entries == 2);
  // The checkpoint, entry 7 to compare, 8 and 9.
  CHECK(store.requests() == Requests{4, 0, 2, 0});
}

TEST_CASE("a checkpoint is the same bytes whoever writes it, and one that exists is success") {
  MemoryStore store;
  LogReading written = write_log(store, 3);
  LogReading read_by_another = read(store);
  REQUIRE(write_checkpoint(store, written));
  const std::string bytes = store.objects.at(checkpoint_key("dev", 3));
  CHECK(written.debt == CheckpointDebt{bytes.size(), 0, 0});
  REQUIRE(write_checkpoint(store, read_by_another));
  CHECK(store.objects.at(checkpoint_key("dev", 3)) == bytes);
  CHECK(encode_checkpoint(read_by_another.state) == bytes);
}

TEST_CASE("a checkpoint whose entry was altered is refused") {
  MemoryStore store;
  LogReading written = write_log(store, 3);
  REQUIRE(write_checkpoint(store, written));
  alter(store, 3);
  const Error error = log_refusal(store);
  CHECK(error.message() ==
        "the log is broken at 'dev/checkpoints/99999999999999999996.json': the checkpoint was made "
        "from another entry");
  CHECK(error.hint() == "cemli audit verify names everything that is wrong");
}

TEST_CASE("a checkpoint whose entry is missing is refused") {
  MemoryStore store;
  LogReading written = write_log(store, 3);
  REQUIRE(write_checkpoint(store, written));
  store.objects.erase(key(3));
  CHECK(log_refusal(store).message().find(key(3)) != std::string::npos);
}

TEST_CASE("a checkpoint that is damaged or of something else is refused by name") {
  MemoryStore store;
  LogReading written = write_log(store, 3);
  REQUIRE(write_checkpoint(store, written));
  const std::string at = checkpoint_key("dev", 3);
  const std::string bytes = store.objects.at(at);
  const auto with = [&](std::string_view from, std::string_view to) {
    store.objects[at] = test::forged(bytes, from, to);
  };
  store.objects[at] = bytes.substr(0, 100);
  CHECK(log_refusal(store).message().starts_with("checkpoint '" + at + "': "));
  with("\"format\":1", "\"format\":2");
  CHECK(log_refusal(store).message() ==
        "checkpoint '" + at + "': /format: 2 is newer than this version of cemli reads");
  with("\"environment\":\"dev\"", "\"environment\":\"prod\"");
  CHECK(log_refusal(store).message() ==
        "the log is broken at '" + at + "': a checkpoint of something else");
  with("\"seq\":3", "\"seq\":2");
  CHECK(log_refusal(store).message() ==
        "the log is broken at '" + at + "': a checkpoint of something else");
}

TEST_CASE("a checkpoint or a newest entry with one altered byte is refused by name") {
  MemoryStore store;
  LogReading written = write_log(store, 2);
  REQUIRE(write_checkpoint(store, written));
  append(store, written, 1);
  for (const std::string& name : {checkpoint_key("dev", 2), key(2), key(3)}) {
    std::string& bytes = store.objects.at(name);
    for (char& byte : bytes) {
      byte = static_cast<char>(byte ^ 1);
      const std::string message = log_refusal(store).message();
      byte = static_cast<char>(byte ^ 1);
      // That of entry 2 is found by the checkpoint that was made from it.
      const std::string at = name == key(2) ? checkpoint_key("dev", 2) : name;
      if (message.find(at) == std::string::npos) FAIL(name << ": " << message);
    }
  }
  CHECK(read(store).state == written.state);
}

TEST_CASE("a gap in the log is named by the missing key") {
  MemoryStore store;
  static_cast<void>(write_log(store, 4));
  store.objects.erase(key(3));
  const Error error = log_refusal(store);
  CHECK(error.message() ==
        "the log is broken at 'dev/log/00000000000000000003.json': missing, although a later entry "
        "exists");
  CHECK(error.hint() == "cemli audit verify names everything that is wrong");
}

TEST_CASE("an entry that is listed before it is served is asked for again") {
  MemoryStore memory;
  const LogReading written = write_log(memory, 3);
  FaultyStore store(memory);
  store.hide(key(2), 2);
  CHECK(read(store).state == written.state);
}

TEST_CASE("a forged entry breaks the chain at the next one, and one that is none is named") {
  MemoryStore store;
  static_cast<void>(write_log(store, 3));
  alter(store, 2);
  CHECK(log_refusal(store).message() == "log entry 3: does not continue the entry before it");
  store.objects[key(2)] = "{}";
  CHECK(log_refusal(store).message() == "'dev/log/00000000000000000002.json': /format: missing");
}

TEST_CASE("a log of another environment is not taken for this one's") {
  MemoryStore store;
  static_cast<void>(write_log(store, 1));
  store.objects[log_key("prod", 1)] = store.objects.at(key(1));
  const auto reading = read_log(store, "prod", kNoCache);
  REQUIRE_FALSE(reading);
  CHECK(reading.error().message() == "log entry 1: belongs to environment 'dev'");
}

TEST_CASE("a writer finds out that the head is not what was read") {
  MemoryStore store;
  CHECK(confirm_head(store, empty_state()));
  const LogReading written = write_log(store, 2);
  CHECK(confirm_head(store, written.state));
  alter(store, 2);
  const auto altered = confirm_head(store, written.state);
  REQUIRE_FALSE(altered);
  CHECK(altered.error().code() == ErrorCode::corrupt);
  CHECK(altered.error().message() ==
        "the log is broken at 'dev/log/00000000000000000002.json': not the entry that was read "
        "before");
  store.objects.erase(key(2));
  CHECK_FALSE(confirm_head(store, written.state));
}

}  // namespace cemli
