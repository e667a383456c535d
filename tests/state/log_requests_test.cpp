#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "state/log.h"
#include "tests/support/long_tests.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli::test {
namespace {

/// An environment with a history of runs, each of which tries one package and writes a checkpoint
/// where one is due, as runs do.
class LongHistory {
 public:
  explicit LongHistory(int runs) {
    reading_.state.environment = "dev";
    for (int run = 1; run <= runs; ++run) add_run(run);
  }

  /// Requests that read the recorded state without a local cache.
  [[nodiscard]] std::size_t reads() {
    store_.reads = 0;
    const auto read = read_log(store_, "dev", RecordedCache(std::nullopt));
    REQUIRE(read);
    CHECK(read->state == reading_.state);
    return store_.reads;
  }

 private:
  void add_run(int number) {
    const RunId run = fmt::format("run-{}", number);
    const auto attempt = static_cast<std::uint64_t>(number);
    append(run, {run_started(run), started("a", attempt)});
    append(run, {finished("a", attempt, OutcomeKind::failed), run_finished(run)});
    if (reading_.debt.is_due()) REQUIRE(write_checkpoint(store_, reading_));
  }

  void append(const RunId& run, std::vector<Event> events) {
    const ComposedEntry entry =
        compose_entry(reading_.state, written_by(run), moment(0), std::move(events));
    const auto sent = send_entry(store_, entry);
    REQUIRE(sent);
    REQUIRE(std::holds_alternative<Landed>(*sent));
    REQUIRE(fold_bytes(store_, reading_, entry.bytes));
  }

  MemoryStore store_;
  LogReading reading_;
};

TEST_CASE("reading a record takes as many requests after thousands of runs as after few") {
  const int many = is_long() ? 5000 : 1000;
  const std::size_t few = LongHistory(50).reads();
  CHECK(LongHistory(many).reads() == few);
  CHECK(few <= 6);
}

}  // namespace
}  // namespace cemli::test
