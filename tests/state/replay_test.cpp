#include "state/replay.h"

#include <catch2/catch.hpp>

#include "state/base/file.h"
#include "state/lease.h"
#include "state/object_names.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::address_of;
using test::FaultyStore;
using test::finished;
using test::MemoryStore;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::started;
using test::written_by;

const RunId kRun = "run-1";

TemporaryFolder temporary_folder() {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-replay-");
  REQUIRE(folder);
  return *std::move(folder);
}

/// The log of a run that could not record all of it, and the spool that it left.
struct Fixture {
  Fixture() { say(written_by(kRun), {run_started(kRun), started("a", 1), started("b", 1)}); }

  LogReading read() {
    auto reading = read_log(store, "dev", RecordedCache(std::nullopt));
    if (!reading) FAIL(reading.error().message());
    return *std::move(reading);
  }
  [[nodiscard]] const AddressRecord& record(const std::string& address) {
    state = read().state;
    return state.addresses.at(address_of(address));
  }
  ComposedEntry compose(const Writer& writer, std::vector<Event> events) {
    return compose_entry(read().state, writer, test::moment(0), std::move(events));
  }
  void say(const Writer& writer, std::vector<Event> events) {
    land(compose(writer, std::move(events)));
  }
  void land(const ComposedEntry& entry) {
    REQUIRE(std::holds_alternative<Landed>(send_entry(store, entry).value()));
  }
  void take_over() {
    say(written_by("run-2"), {RunAbandoned{kRun, "its lease expired"}, run_started("run-2")});
  }

  /// Spools the events, with evidence for `a`, as of the log's present head.
  void spool(std::vector<Event> events, std::optional<ComposedEntry> unknown = std::nullopt) {
    auto writer = SpoolWriter::make(folder.path(), "log", kRun);
    REQUIRE(writer);
    REQUIRE(writer->add("dev/evidence-of-a", "evidence"));
    const RecordedState now = read().state;
    Spool content{"dev", *now.log, kRun, *now.head};
    if (unknown) content.unknown = unknown->bytes;
    content.events = std::move(events);
    content.why = "the store was away";
    auto published = writer->publish(content);
    if (!published) FAIL(published.error().message());
    spooled = *published;
  }
  Result<Replayed> replay(Store& through) {
    LogReading reading = read();
    return replay_spool(spooled, through, results, reading, operator_jane());
  }
  Replayed replayed() {
    auto done = replay(store);
    if (!done) FAIL(done.error().message());
    CHECK_FALSE(fs::exists(spooled));
    return *std::move(done);
  }

  TemporaryFolder folder = temporary_folder();
  MemoryStore store;
  MemoryStore results;
  fs::path spooled;
  RecordedState state;
};

}  // namespace

TEST_CASE("a spool is read as it was written, and is not seen before it is whole") {
  Fixture fixture;
  {
    auto writer = SpoolWriter::make(fixture.folder.path(), "log", "run-0");
    REQUIRE(writer);
    REQUIRE(writer->add("key", "bytes"));
    CHECK(find_spools(fixture.folder.path(), "log").value().empty());
  }
  CHECK(fs::is_empty(fixture.folder.path() / "log"));
  fixture.spool({finished("a", 1, OutcomeKind::succeeded), run_finished(kRun)},
                fixture.compose(written_by(kRun), {Heartbeat{}}));
  CHECK(find_spools(fixture.folder.path(), "log").value() == std::vector{fixture.spooled});
  CHECK(find_spools(fixture.folder.path(), "another").value().empty());
  const auto spool = read_spool(fixture.spooled);
  REQUIRE(spool);
  CHECK(spool->events.size() == 2);
  CHECK(spool->unknown);
  CHECK(spool->why == "the store was away");
  CHECK(read_spooled(fixture.spooled, spool->objects.at(0)).value() == "evidence");
}

TEST_CASE("a spool that was altered is refused, and nothing of it is recorded") {
  const auto altered = GENERATE("spool.json", "entry.json", "object-000001");
  INFO(altered);
  Fixture fixture;
  fixture.spool({finished("a", 1, OutcomeKind::succeeded), run_finished(kRun)},
                fixture.compose(written_by(kRun), {Heartbeat{}}));
  REQUIRE(replace_file(fixture.spooled / altered, "{\"format\": 1}", Durability::relaxed));
  const auto objects = fixture.store.objects;
  const auto replayed = fixture.replay(fixture.store);
  REQUIRE_FALSE(replayed);
  CHECK(replayed.error().code() == ErrorCode::corrupt);
  CHECK(fixture.store.objects == objects);
  CHECK(fs::exists(fixture.spooled));
}

TEST_CASE("a run that is still active is recorded to its end, as its own words") {
  Fixture fixture;
  fixture.spool({finished("a", 1, OutcomeKind::succeeded), run_finished(kRun)});
  const Replayed replayed = fixture.replayed();
  CHECK(replayed.as_run);
  CHECK(replayed.attempts == 2);
  CHECK(fixture.record("a").status == Status::succeeded);
  // Announced, and no program of it was started.
  CHECK(fixture.record("b").status == Status::not_started);
  CHECK_FALSE(fixture.state.active_run);
  CHECK(fixture.state.last_run->outcome == run_finished(kRun).outcome);
  CHECK(fixture.results.objects.at("dev/evidence-of-a") == "evidence");
}

TEST_CASE("an entry of unknown fate is sent again byte for byte, and is not said twice") {
  const auto landed = GENERATE("before", "meanwhile", "never");
  INFO(landed);
  Fixture fixture;
  const ComposedEntry unknown =
      fixture.compose(written_by(kRun), {finished("a", 1, OutcomeKind::succeeded)});
  fixture.spool({finished("b", 1, OutcomeKind::failed), run_finished(kRun)}, unknown);
  if (landed == std::string("before")) fixture.land(unknown);
  FaultyStore store(fixture.store);
  if (landed == std::string("meanwhile")) store.lose_answers(1);
  REQUIRE(fixture.replay(store));
  CHECK(fixture.store.objects.at(unknown.key) == unknown.bytes);
  CHECK(fixture.record("a").status == Status::succeeded);
  CHECK(fixture.record("b").status == Status::failed);
  CHECK(fixture.state.seq() == 3);
  CHECK_FALSE(fixture.state.active_run);
}

TEST_CASE("where another entry took its number, what the unknown one said is said anew") {
  Fixture fixture;
  const ComposedEntry unknown = fixture.compose(
      written_by(kRun), {finished("a", 1, OutcomeKind::succeeded), started("c", 1)});
  fixture.spool({finished("b", 1, OutcomeKind::failed), run_finished(kRun)}, unknown);
  fixture.say(operator_jane(), {PackageTainted{address_of("a"), "restored"}});
  CHECK(fixture.replayed().as_run);
  // A success that began before the taint does not lift it.
  CHECK(fixture.record("a").status == Status::tainted);
  CHECK(fixture.record("b").status == Status::failed);
  // Its start never was durable, so nothing of it ran.
  CHECK_FALSE(fixture.state.addresses.contains(address_of("c")));
  CHECK_FALSE(fixture.state.last_run->outcome.empty());
}

TEST_CASE("after a takeover ends are reported, and count while that attempt is the last one") {
  Fixture fixture;
  fixture.spool({finished("a", 1, OutcomeKind::succeeded), finished("b", 1, OutcomeKind::failed),
                 run_finished(kRun)});
  fixture.take_over();
  fixture.say(written_by("run-2"), {started("b", 2)});
  const Replayed replayed = fixture.replayed();
  CHECK_FALSE(replayed.as_run);
  CHECK(replayed.attempts == 2);
  CHECK(fixture.record("a").status == Status::succeeded);
  CHECK(fixture.record("a").last_success->run == kRun);
  // The next run tries it again already: what became of the first attempt is history.
  CHECK(fixture.record("b").status == Status::running);
  CHECK(fixture.record("b").last_attempt->run == "run-2");
  CHECK(fixture.state.active_run->started.run == "run-2");
}

TEST_CASE("after a takeover an attempt that started no program may simply be tried again") {
  Fixture fixture;
  fixture.spool({finished("a", 1, OutcomeKind::succeeded), run_finished(kRun)});
  fixture.take_over();
  CHECK(fixture.record("b").status == Status::interrupted);
  CHECK(fixture.replayed().attempts == 2);
  CHECK(fixture.record("b").status == Status::error);
}

TEST_CASE("replaying again adds nothing, wherever the first replay was cut off") {
  const bool taken_over = GENERATE(false, true);
  INFO(taken_over);
  for (int creates = 0; creates < 4; ++creates) {
    INFO(creates);
    Fixture fixture;
    fixture.spool({finished("a", 1, OutcomeKind::interrupted), run_finished(kRun)},
                  fixture.compose(written_by(kRun), {Heartbeat{}}));
    if (taken_over) fixture.take_over();
    const TemporaryFolder copy = temporary_folder();
    fs::copy(fixture.spooled, copy.path() / "spool", fs::copy_options::recursive);
    FaultyStore cut(fixture.store);
    cut.refuse_creates_later(creates, 1, ErrorCode::denied);
    static_cast<void>(fixture.replay(cut));
    const bool first_ended = !fs::exists(fixture.spooled);
    if (!first_ended) REQUIRE(fixture.replay(fixture.store));
    const auto objects = fixture.store.objects;
    const RecordedState state = fixture.read().state;
    fs::copy(copy.path() / "spool", fixture.spooled, fs::copy_options::recursive);
    CHECK(fixture.replayed().attempts == 0);
    CHECK(fixture.store.objects == objects);
    CHECK(fixture.read().state == state);
    CHECK(state.addresses.at(address_of("a")).status == Status::interrupted);
  }
}

TEST_CASE("a step that was done and not recorded is, so that the next attempt goes on behind it") {
  Fixture fixture;
  fixture.spool({StepFinished{address_of("a"), 1, "run/load"},
                 finished("a", 1, OutcomeKind::interrupted), run_finished(kRun)});
  fixture.replayed();
  CHECK(fixture.record("a").last_attempt->done == std::vector<std::string>{"run/load"});
  CHECK(fixture.record("a").status == Status::interrupted);
}

TEST_CASE("a run has not converged where words came that it did not know") {
  const bool word_came = GENERATE(false, true);
  Fixture fixture;
  RunFinished end = run_finished(kRun);
  end.converged = true;
  fixture.spool({finished("a", 1, OutcomeKind::succeeded), end});
  if (word_came) fixture.say(operator_jane(), {PackageTainted{address_of("a"), "restored"}});
  fixture.replayed();
  CHECK(fixture.read().state.converged.has_value() == !word_came);
}

TEST_CASE("a log that does not go on from what the run knew is not added to") {
  Fixture fixture;
  fixture.spool({finished("a", 1, OutcomeKind::succeeded), run_finished(kRun)});
  fixture.store.objects.clear();
  fixture.say(written_by(kRun), {run_started(kRun), started("a", 1)});
  const auto objects = fixture.store.objects;
  const auto replayed = fixture.replay(fixture.store);
  REQUIRE_FALSE(replayed);
  CHECK(replayed.error().code() == ErrorCode::corrupt);
  CHECK(fixture.store.objects == objects);
}

}  // namespace cemli
