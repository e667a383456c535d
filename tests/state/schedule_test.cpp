#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "state/base/file.h"
#include "state/lease.h"
#include "state/object_names.h"
#include "state/replay.h"
#include "tests/support/long_tests.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"
#include "tests/support/scheduled_store.h"

// The schedules that the model of the log protocol goes through (tests/model), driven through the
// code: requests that are lost, answered too late or that land late, a store that is lost, a spool,
// a takeover, a word in between.
namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::address_of;
using test::Fate;
using test::finished;
using test::is_long;
using test::MemoryStore;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::ScheduledStore;
using test::started;
using test::written_by;

const RunId kFirst = "run-1";
const RunId kSecond = "run-2";
const RecordedCache kNoCache(std::nullopt);

/// Two packages, the second behind the first, as a run appends them.
std::vector<std::vector<Event>> batches() {
  return {{started("a", 1)},
          {finished("a", 1, OutcomeKind::succeeded), started("b", 1)},
          {finished("b", 1, OutcomeKind::succeeded)},
          {run_finished(kFirst)}};
}

class World {
 public:
  explicit World(std::vector<Fate> fates) : fates_(std::move(fates)) {}

  /// Runs the first run to its end, or until the store is out of reach; then it leaves a spool.
  void run_first() {
    LogReading reading = read();
    auto run = start_run(network_, std::move(reading), run_started(kFirst), written_by(kFirst),
                         [](const std::string&) {});
    REQUIRE(run);
    auto& lease = std::get<Lease>(*run);
    network_.schedule(fates_);
    const auto all = batches();
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto appended = lease.append(all[i]);
      if (appended) {
        REQUIRE(std::holds_alternative<AppendDone>(*appended));
        acknowledged_ = i + 1;
        continue;
      }
      return leave_spool(lease, i);
    }
  }

  void take_over() {
    say(written_by(kSecond), {RunAbandoned{kFirst, "its lease expired"}, run_started(kSecond)});
  }
  /// What the next run does with what it finds interrupted: `a` is idempotent.
  void try_again() {
    const auto now = read().state;
    const auto found = now.addresses.find(address_of("a"));
    if (found == now.addresses.end() || found->second.status != Status::interrupted) return;
    say(written_by(kSecond), {started("a", 2)});
    say(written_by(kSecond), {finished("a", 2, OutcomeKind::succeeded)});
  }
  void say(const Writer& writer, std::vector<Event> events) {
    const auto entry = compose_entry(read().state, writer, test::moment(0), std::move(events));
    REQUIRE(std::holds_alternative<Landed>(send_entry(store_, entry).value()));
  }
  void let_arrive(ScheduledStore::Order order) { network_.let_arrive(order); }
  void replay() {
    network_.reconnect();
    if (spool_.empty() || !fs::exists(spool_)) return;
    LogReading reading = read();
    auto replayed = replay_spool(spool_, network_, results_, reading, operator_jane());
    if (!replayed) FAIL(replayed.error().message());
  }

  [[nodiscard]] bool has_spool() const { return !spool_.empty(); }

  LogReading read() {
    auto reading = read_log(store_, "dev", kNoCache);
    if (!reading) FAIL(reading.error().message());
    return *std::move(reading);
  }

  /// What must hold whatever happened.
  void check() {
    const RecordedState state = read().state;
    std::map<std::string, int> ends;
    std::map<std::string, bool> succeeded;
    std::uint64_t entries = 0;
    for (std::uint64_t seq = 1; store_.objects.contains(log_key("dev", seq)); ++seq, ++entries) {
      const auto entry = decode_entry(store_.objects.at(log_key("dev", seq)));
      REQUIRE(entry);
      for (const Event& event : entry->events) note(event, ends, succeeded);
    }
    CHECK(entries == state.seq());
    for (const auto& [attempt, count] : ends) {
      INFO(attempt);
      CHECK(count == 1);
    }
    // What was acknowledged is in the log, and what is in the log as done is believed.
    const auto all = batches();
    if (acknowledged_ >= 2) CHECK(succeeded["a"]);
    if (acknowledged_ >= 3) CHECK(succeeded["b"]);
    if (acknowledged_ >= all.size()) CHECK_FALSE(state.active_run);
    for (const auto& [address, done] : succeeded) {
      if (done) CHECK(state.addresses.at(address_of(address)).status == Status::succeeded);
    }
  }

 private:
  static void note(const Event& event, std::map<std::string, int>& ends,
                   std::map<std::string, bool>& succeeded) {
    const auto name = [](const PackageFinished& end) {
      return end.address.text() + " " + std::to_string(end.attempt);
    };
    const PackageFinished* end = std::get_if<PackageFinished>(&event);
    if (const auto* report = std::get_if<PackageReported>(&event)) end = &report->end;
    if (end != nullptr) {
      ++ends[name(*end)];
      if (end->outcome == OutcomeKind::succeeded) succeeded[end->address.text()] = true;
    }
    if (const auto* start = std::get_if<PackageStarted>(&event)) {
      // Nothing that is known to have succeeded is run again.
      INFO(start->identity.address.text() << " " << start->attempt);
      CHECK_FALSE(succeeded[start->identity.address.text()]);
    }
  }

  /// As a run does: the entry of unknown fate, what was never sent, the run's end. A package whose
  /// start was not acknowledged never ran.
  void leave_spool(const Lease& lease, std::size_t failed) {
    auto writer = SpoolWriter::make(folder_.path(), "log", kFirst);
    REQUIRE(writer);
    const RecordedState& known = lease.recorded();
    Spool spool{"dev", *known.log, kFirst, *known.head};
    if (lease.unknown()) spool.unknown = lease.unknown()->bytes;
    // `b` runs only once the second batch was acknowledged, `a` once the first was.
    if (failed == 1 && !lease.unknown())
      spool.events.emplace_back(finished("a", 1, OutcomeKind::succeeded));
    if (failed == 2 && !lease.unknown())
      spool.events.emplace_back(finished("b", 1, OutcomeKind::succeeded));
    spool.events.emplace_back(run_finished(kFirst));
    auto published = writer->publish(spool);
    REQUIRE(published);
    spool_ = *published;
  }

  static TemporaryFolder make_folder() {
    auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-schedule-");
    REQUIRE(folder);
    return *std::move(folder);
  }

  std::vector<Fate> fates_;
  MemoryStore store_;
  MemoryStore results_;
  ScheduledStore network_{store_};
  TemporaryFolder folder_ = make_folder();
  fs::path spool_;
  std::size_t acknowledged_ = 0;
};

/// Every schedule of the run's requests with one fate that is not arrival, at each place, and with
/// a second one behind a first that is asked again.
std::vector<std::vector<Fate>> schedules() {
  const std::vector<Fate> all{Fate::is_lost, Fate::answer_is_lost,         Fate::is_late,
                              Fate::is_last, Fate::is_lost_with_the_store, Fate::is_late_and_last};
  std::vector<std::vector<Fate>> schedules{{}};
  for (std::size_t place = 0; place < batches().size(); ++place) {
    for (const Fate first : all) {
      std::vector<Fate> fates(place, Fate::arrives);
      fates.push_back(first);
      schedules.push_back(fates);
      const bool is_asked_again = first == Fate::is_lost || first == Fate::is_late;
      if (!is_asked_again) continue;
      // In the short form those that leave something behind.
      for (const Fate second : is_long() ? all
                                         : std::vector{Fate::is_late, Fate::is_late_and_last,
                                                       Fate::is_lost_with_the_store}) {
        fates.push_back(second);
        schedules.push_back(fates);
        fates.pop_back();
      }
    }
  }
  return schedules;
}

}  // namespace

TEST_CASE(
    "whatever is lost or late, nothing is recorded twice, forgotten, or run again unknowingly") {
  enum class Next { replay, take_over, take_over_and_try_again, word };
  const auto next =
      GENERATE(Next::replay, Next::take_over, Next::take_over_and_try_again, Next::word);
  const auto when = GENERATE(0, 1, 2);
  const auto order = GENERATE(ScheduledStore::Order::as_sent, ScheduledStore::Order::reversed);
  if (order == ScheduledStore::Order::reversed && !is_long()) return;
  std::size_t number = 0;
  for (const std::vector<Fate>& fates : schedules()) {
    INFO("schedule " << ++number << ", next " << static_cast<int>(next) << ", late at " << when);
    World world(fates);
    world.run_first();
    if (when == 0) world.let_arrive(order);
    const bool is_active = world.read().state.active_run.has_value();
    if (next == Next::word)
      world.say(operator_jane(), {PackageHeld{address_of("b"), Digest::of("x"), "audit"}});
    const bool takes_over = next == Next::take_over || next == Next::take_over_and_try_again;
    if (is_active && takes_over) world.take_over();
    if (when == 1) world.let_arrive(order);
    if (is_active && next == Next::take_over_and_try_again) world.try_again();
    world.replay();
    if (when == 2) world.let_arrive(order);
    world.replay();
    world.check();
    if (world.has_spool() && !takes_over) CHECK_FALSE(world.read().state.active_run);
  }
}

TEST_CASE("a lease counts from when the acknowledged bytes were first sent, however often") {
  MemoryStore store;
  ScheduledStore network(store);
  auto reading = read_log(store, "dev", kNoCache);
  REQUIRE(reading);
  auto run = start_run(network, *std::move(reading), run_started(kFirst), written_by(kFirst),
                       [](const std::string&) {});
  REQUIRE(run);
  auto& lease = std::get<Lease>(*run);
  network.schedule({Fate::is_lost, Fate::is_late, Fate::answer_is_lost});
  const std::size_t first = network.asked_at().size();
  const BootTime before = boot_now();
  REQUIRE(lease.append({Event(Heartbeat{})}));
  REQUIRE(network.asked_at().size() == first + 3);
  CHECK(lease.times().from >= before);
  CHECK(lease.times().from <= network.asked_at()[first]);
}

}  // namespace cemli
