#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "state/base/process.h"
#include "tests/cli/stubborn_estate.h"

namespace cemli::test {
namespace {

using nlohmann::json;

/// Who is killed. The kernel ends a killed warden's children, and cemli what they left.
enum class Victim { cemli, warden, both };

std::optional<json> active_run(const Sandbox& sandbox) {
  std::optional<json> active;
  for (const json& event : sandbox.events()) {
    if (event["type"] == "run.started") active = event;
    if (event["type"] == "run.finished" || event["type"] == "run.abandoned") active.reset();
    // A takeover abandons and starts in one entry, in this order.
  }
  return active;
}

void kill_as(Victim victim, const Command& apply, const json& run) {
  const pid_t warden = run["holder"]["warden_pid"].get<pid_t>();
  if (victim != Victim::cemli) ::kill(warden, SIGKILL);
  if (victim != Victim::warden) apply.signal(SIGKILL);
}

/// Kills one run at a moment, and looks who is left a second later. False when it ended before.
bool kill_one_run(Sandbox& sandbox, Victim victim, std::chrono::milliseconds moment) {
  Command apply = sandbox.start("apply -e dev --auto-approve -j 4");
  std::optional<json> run;
  const bool started = eventually([&] {
    run = active_run(sandbox);
    return run.has_value() || apply.has_ended();
  });
  REQUIRE(started);
  if (!run || apply.has_ended()) return false;
  std::this_thread::sleep_for(moment);
  const std::string id = (*run)["run"];
  kill_as(victim, apply, *run);
  if (victim == Victim::both) {
    // Nobody is left who could end a daemon: the next run does, before anything else.
    static_cast<void>(apply.wait());
    Command next = sandbox.start("apply -e dev --auto-approve -j 4");
    static_cast<void>(next.wait());
    CHECK(is_nobody_left(id));
    return true;
  }
  CHECK(is_nobody_left(id));
  const Ended ended = apply.wait();
  if (victim == Victim::warden && ended.exit_code == 3)
    CHECK(ended.out.find("warden was killed") != std::string::npos);
  return true;
}

TEST_CASE("no effect is lost or repeated unknowingly, whenever a run is killed") {
  const unsigned seed = 20261123;
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> moment(0, 400);
  std::uniform_int_distribution<int> who(0, 2);
  int kills = 0;
  std::size_t interrupted = 0;
  const int wanted = is_long() ? 40 : 10;
  while (kills < wanted) {
    Sandbox sandbox;
    sandbox.publish_and_desire(stubborn_packages());
    while (kills < wanted && !is_all_done(sandbox)) {
      const auto victim = static_cast<Victim>(who(random));
      const std::chrono::milliseconds at(moment(random));
      INFO("seed " << seed << ", kill " << kills << ", victim " << static_cast<int>(victim)
                   << ", at " << at.count() << " ms");
      if (kill_one_run(sandbox, victim, at)) ++kills;
      resolve_what_is_interrupted(sandbox);
    }
    if (!is_all_done(sandbox)) sandbox.cemli(0, "apply -e dev --auto-approve -j 4");
    REQUIRE(is_all_done(sandbox));
    interrupted += check_effects(sandbox);
    sandbox.cemli(0, "audit verify -e dev");
  }
  // Else all kills came before or after the packages, and nothing was tested.
  CHECK(interrupted > 0);
}

}  // namespace
}  // namespace cemli::test
