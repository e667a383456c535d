#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <iostream>

#include "tests/cli/stubborn_estate.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A world in which a run can be killed at a numbered place, again and again.
class CrashBench {
 public:
  CrashBench() {
    // A slower step would only take longer: nothing here depends on time.
    box_.write("environments/allowed_signers", "jane@example.com ssh-ed25519 AAAA\n");
    box_.write("environments/revoked_keys", "");
    box_.publish_and_desire(stubborn_packages());
  }

  Sandbox& box() { return box_; }

  /// As if nothing had ever been run.
  void begin_anew() {
    for (const fs::path& folder :
         {box_.store() / "state", box_.store() / "results", box_.root() / "home", box_.effects()}) {
      fs::remove_all(folder);
    }
    fs::create_directories(box_.effects());
    fs::create_directories(box_.root() / "home");
  }

  /// Starts a run that is killed at place `at`; with 0 it is not.
  Command start(std::uint64_t at) {
    fs::remove(count_file());
    box_.environment()["CEMLI_CRASH_COUNT"] = count_file().string();
    box_.environment()["CEMLI_CRASH_AT"] = std::to_string(at);
    Command apply = box_.start("apply -e dev --auto-approve -j 4");
    box_.environment().erase("CEMLI_CRASH_COUNT");
    box_.environment().erase("CEMLI_CRASH_AT");
    return apply;
  }

  /// How many places the last run came by.
  [[nodiscard]] std::uint64_t count() const {
    const auto bytes = read_file(count_file());
    REQUIRE(bytes);
    std::uint64_t count = 0;
    REQUIRE(bytes->size() == sizeof count);
    std::memcpy(&count, bytes->data(), sizeof count);
    return count;
  }

  /// The run that the log has as started last; empty where there is none.
  [[nodiscard]] std::string last_run() const {
    const auto runs = box_.events("run.started");
    return runs.empty() ? "" : runs.back().at("run").get<std::string>();
  }

 private:
  [[nodiscard]] fs::path count_file() const { return box_.root() / "crash-count"; }
  Sandbox box_;
};

void check_crash_at(CrashBench& bench, std::uint64_t at, std::size_t& interrupted) {
  Sandbox& box = bench.box();
  bench.begin_anew();
  Command apply = bench.start(at);
  const Ended ended = apply.wait();
  if (ended.signal != SIGKILL) {
    // Threads come by in another order each time, and group what they write: the last numbers may
    // not be reached.
    CHECK(ended.exit_code == 0);
    CHECK(bench.count() < at);
  }
  CHECK(is_nobody_left(bench.last_run()));
  // What a run is set aside for is seen before it is tried again.
  for (int tries = 0; tries < 3 && !is_all_done(box); ++tries) {
    resolve_what_is_interrupted(box);
    static_cast<void>(box.start("apply -e dev --auto-approve -j 4").wait());
  }
  REQUIRE(is_all_done(box));
  interrupted += check_effects(box);
  box.cemli(0, "audit verify -e dev");
}

/// Kills at each place whose number leaves this rest; the parts run side by side.
void check_part(std::uint64_t part, std::uint64_t parts) {
  CrashBench bench;
  REQUIRE(bench.start(0).wait().exit_code == 0);
  const std::uint64_t places = bench.count();
  REQUIRE(places > kStubbornPackages * 4U);
  // In the short form places far apart, other ones in each part.
  const std::uint64_t step = is_long() ? parts : parts * (places / 30 + 1);
  std::size_t interrupted = 0;
  std::uint64_t kills = 0;
  for (std::uint64_t at = 1 + part; at <= places; at += step, ++kills) {
    INFO("killed at place " << at << " of " << places);
    check_crash_at(bench, at, interrupted);
  }
  std::cout << fmt::format(
      "{} durable writes and starts of steps; killed at {} of them, {} attempts "
      "interrupted\n",
      places, kills, interrupted);
  CHECK(interrupted > 0);
}

}  // namespace

TEST_CASE("a run killed at a durable write or the start of a step loses and repeats nothing, 1/2") {
  check_part(0, 2);
}

TEST_CASE("a run killed at a durable write or the start of a step loses and repeats nothing, 2/2") {
  check_part(1, 2);
}

}  // namespace cemli::test
