#include "state/run_history.h"

#include <catch2/catch.hpp>

#include "state/log.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using test::address_of;
using test::moment;
using test::operator_jane;
using test::written_by;

/// A log in which run-1 has done `a`, and `b` still runs.
class RunningLog {
 public:
  RunningLog() {
    reading_.state.environment = "dev";
    append(written_by("run-1"), {test::run_started("run-1")});
    append(written_by("run-1"), {test::started("a", 1), test::started("b", 4, "2.0.0")}, 3);
    PackageFinished finished = test::finished("a", 1, OutcomeKind::failed);
    finished.summary = "run: exit code 3";
    append(written_by("run-1"), {finished});
  }

  void append(const Writer& writer, std::vector<Event> events, std::uint64_t earlier_attempts = 0) {
    if (earlier_attempts > 0) reading_.state.addresses[address_of("b")].attempts = earlier_attempts;
    const int minute = static_cast<int>(reading_.state.seq()) + 1;
    const ComposedEntry entry =
        compose_entry(reading_.state, writer, moment(60 * minute), std::move(events));
    REQUIRE(send_entry(store_, entry));
    REQUIRE(fold_bytes(store_, reading_, entry.bytes));
  }

  RunResult result(const RunId& run) {
    auto found = run_from_log(store_, "dev", run);
    REQUIRE(found);
    REQUIRE(*found);
    return **std::move(found);
  }

  [[nodiscard]] bool knows(const RunId& run) {
    auto found = run_from_log(store_, "dev", run);
    REQUIRE(found);
    return found->has_value();
  }

 private:
  test::MemoryStore store_;
  LogReading reading_;
};

}  // namespace

TEST_CASE("the log tells what an active run has done so far") {
  RunningLog log;
  log.append(operator_jane(), {EnvironmentSuspended{"stop"}});
  const RunResult result = log.result("run-1");
  CHECK(result.outcome == "running");
  CHECK(result.why == "apply");
  CHECK(result.plan == Digest::of("plan"));
  CHECK(result.principal == "pipeline@runner-7");
  CHECK(result.start == moment(60));
  CHECK(result.end == moment(180));
  REQUIRE(result.packages.size() == 2);
  CHECK(result.packages[0] ==
        RunResultLine{address_of("a"), ActionKind::run, "1.0.0", "failed", 1, "run: exit code 3",
                      moment(1), moment(3),
                      ObjectReference{"dev/runs/r/a/1/result.json", Digest::of("evidence")}});
  CHECK(result.packages[1] == RunResultLine{address_of("b"), ActionKind::run, "2.0.0", "running", 4,
                                            "", moment(120), std::nullopt, std::nullopt});
}

TEST_CASE("what ran when its run was set aside is told as interrupted") {
  RunningLog log;
  log.append(written_by("run-2"),
             {RunAbandoned{"run-1", "its processes are gone"}, test::run_started("run-2")});
  const RunResult result = log.result("run-1");
  CHECK(result.outcome == "abandoned");
  CHECK(result.end == moment(240));
  CHECK(result.packages[0].status == "failed");
  CHECK(result.packages[1].status == "interrupted");
  CHECK(log.result("run-2").outcome == "running");
  CHECK(log.result("run-2").packages.empty());
}

TEST_CASE("a finished run is told with its outcome and counts, an unknown one not at all") {
  RunningLog log;
  RunFinished end = test::run_finished("run-1");
  end.outcome = "stopped";
  end.counts = {1, 2, 3, 4, 5, 6};
  log.append(written_by("run-1"), {end});
  CHECK(log.result("run-1").outcome == "stopped");
  CHECK(log.result("run-1").counts == RunCounts{1, 2, 3, 4, 5, 6});
  CHECK_FALSE(log.knows("run-2"));
}

}  // namespace cemli
