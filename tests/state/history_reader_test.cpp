#include "state/history_reader.h"

#include <catch2/catch.hpp>

#include "state/log.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using test::address_of;
using test::finished;
using test::identity_of;
using test::MemoryStore;
using test::moment;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::started;
using test::written_by;

struct Log {
  MemoryStore store;
  LogReading reading;

  Log() {
    reading.state.environment = "dev";
    add(written_by("run-1"), {run_started("run-1"), started("a", 1), started("b", 1)});
    add(operator_jane(), {PackageTainted{address_of("a"), "x"},
                          PackageTainted{address_of("b"), "x"}, EnvironmentSuspended{"y"}});
    RunFinished end = run_finished("run-1");
    end.counts.failed = 1;
    add(written_by("run-1"), {finished("a", 1, OutcomeKind::failed), end});
  }

  void add(const Writer& writer, std::vector<Event> events) {
    const int minute = static_cast<int>(reading.state.seq()) + 1;
    const ComposedEntry entry =
        compose_entry(reading.state, writer, moment(60 * minute), std::move(events));
    REQUIRE(send_entry(store, entry));
    REQUIRE(fold_bytes(store, reading, entry.bytes));
  }

  [[nodiscard]] EnvironmentHistory history(const std::optional<Address>& address = {},
                                           std::size_t limit = 99) {
    auto history = read_history(store, "dev", address, limit);
    REQUIRE(history);
    return *std::move(history);
  }
};

const char* const kCommit = "4c1f0a77b5d0c3a1e6f2f8f9a0b1c2d3e4f50617";

TEST_CASE("an environment's history has its runs and operators' words, newest first") {
  Log log;
  const auto passages = log.history().passages;
  REQUIRE(passages.size() == 3);
  CHECK(passages[0] ==
        Passage{2, moment(120), "jane@desk", WordPassage{{EnvironmentSuspended{"y"}}}});
  CHECK(passages[1] == Passage{2, moment(120), "jane@desk",
                               WordPassage{{PackageTainted{address_of("a"), "x"},
                                            PackageTainted{address_of("b"), "x"}}}});
  CHECK(passages[2] ==
        Passage{1, moment(60), "pipeline@runner-7",
                RunPassage{"run-1", "succeeded", {0, 1}, kCommit, "apply", moment(180)}});
}

TEST_CASE("an address's history has its attempts, and words about it and the environment") {
  Log log;
  const auto passages = log.history(address_of("b")).passages;
  REQUIRE(passages.size() == 3);
  CHECK(std::get<WordPassage>(passages[0].what).events.size() == 1);
  CHECK(passages[1].what ==
        decltype(Passage::what)(WordPassage{{PackageTainted{address_of("b"), "x"}}}));
  CHECK(passages[2].what == decltype(Passage::what)(AttemptPassage{
                                "run-1", ActionKind::run, "1.0.0", 1, "interrupted", "", {}}));
  const auto of_a = log.history(address_of("a")).passages;
  CHECK(std::get<AttemptPassage>(of_a[2].what).status == "failed");
  CHECK(std::get<AttemptPassage>(of_a[2].what).end == moment(3));
}

TEST_CASE("a run that is active, and one that was set aside, are told as such") {
  Log log;
  log.add(written_by("run-2"), {run_started("run-2"), started("a", 2)});
  CHECK(std::get<RunPassage>(log.history().passages[0].what).outcome == "running");
  CHECK(std::get<AttemptPassage>(log.history(address_of("a")).passages[0].what).status ==
        "running");
  log.add(operator_jane(), {RunAbandoned{"run-2", "unlocked: gone"}});
  const auto passages = log.history().passages;
  CHECK(std::holds_alternative<WordPassage>(passages[0].what));
  CHECK(std::get<RunPassage>(passages[1].what).outcome == "abandoned");
  CHECK(std::get<AttemptPassage>(log.history(address_of("a")).passages[0].what).status ==
        "interrupted");
}

TEST_CASE("a move is in the history of both addresses, an adoption in its own") {
  Log log;
  log.add(operator_jane(), {PackageAdopted{identity_of("c"), {}, {}, "x"}});
  log.add(operator_jane(),
          {PackageMoved{address_of("c"), address_of("d"), std::nullopt, "renamed"}});
  CHECK(log.history(address_of("c")).passages.size() == 3);
  CHECK(log.history(address_of("d")).passages.size() == 2);
}

TEST_CASE("older passages are left out and counted") {
  Log log;
  const EnvironmentHistory history = log.history({}, 1);
  CHECK(history.passages.size() == 1);
  CHECK(history.left_out == 2);
}

}  // namespace
}  // namespace cemli
