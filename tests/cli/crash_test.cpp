#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "state/base/process.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using nlohmann::json;

constexpr int kPackages = 30;

bool is_long() {
  return std::getenv("CEMLI_LONG_TESTS") != nullptr;
}

std::string name_of(int number) {
  return fmt::format("p{:02}", number);
}

/// Thirty packages in chains of ten, every second one idempotent. Each leaves what the kernel may
/// not leave behind: a daemon that left the session, and one that ignores SIGTERM.
std::vector<PackageSource> stubborn_packages() {
  const std::string run =
      "echo \"start $CEMLI_ATTEMPT\" >> \"$E/$CEMLI_PACKAGE\"\n"
      "(setsid sh -c 'trap \"\" TERM; while :; do sleep 1; done' &)\n"
      "sh -c '(sleep 300 &) &'\n"
      "trap '' TERM\n"
      "sleep 0.03\n"
      "echo \"done $CEMLI_ATTEMPT\" >> \"$E/$CEMLI_PACKAGE\"\n";
  std::vector<PackageSource> sources;
  for (int i = 0; i < kPackages; ++i) {
    json manifest{{"idempotent", i % 2 == 0},
                  {"steps", {{"run", {{"program", "steps/run.sh"}, {"grace", "20ms"}}}}}};
    if (i >= 3) manifest["depends_on"] = {{name_of(i - 3), "^1.0.0"}};
    sources.push_back(PackageSource{name_of(i), "1.0.0", run, manifest});
  }
  return sources;
}

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

void resolve_what_is_interrupted(Sandbox& sandbox) {
  const json plan = sandbox.json_of("plan -e dev --format json");
  for (const json& action : plan["actions"]) {
    if (action["action"] != "blocked" ||
        action["reasons"][0]["code"] != "interrupted_not_idempotent")
      continue;
    sandbox.cemli(0, fmt::format("state resolve {} --retry --why looked -e dev",
                                 action["address"].get<std::string>()));
  }
}

bool is_all_done(Sandbox& sandbox) {
  const json plan = sandbox.json_of("plan -e dev --format json");
  return plan["summary"]["none"] == kPackages;
}

/// Attempts of an address by what the log says became of them; an attempt without an end belongs to
/// a run that was set aside.
struct Attempts {
  std::set<std::string> succeeded;
  std::set<std::string> interrupted;
};

std::map<std::string, Attempts> attempts_in_log(const Sandbox& sandbox) {
  std::map<std::string, Attempts> attempts;
  for (const json& event : sandbox.events()) {
    const std::string type = event["type"];
    if (type != "package.started" && type != "package.finished") continue;
    Attempts& of = attempts[event["address"]];
    const std::string number = std::to_string(event["attempt"].get<int>());
    if (type == "package.started") of.interrupted.insert(number);
    if (type == "package.finished" && event["outcome"] != "interrupted")
      of.interrupted.erase(number);
    if (type == "package.finished" && event["outcome"] == "succeeded") of.succeeded.insert(number);
  }
  return attempts;
}

/// Returns how many attempts were interrupted.
std::size_t check_effects(const Sandbox& sandbox) {
  std::size_t interrupted = 0;
  const auto attempts = attempts_in_log(sandbox);
  for (int i = 0; i < kPackages; ++i) {
    const std::string name = name_of(i);
    CAPTURE(name);
    const Attempts& recorded = attempts.at(name);
    REQUIRE(recorded.succeeded.size() == 1);
    interrupted += recorded.interrupted.size();
    std::set<std::string> started;
    for (const std::string& line : sandbox.effect(name)) {
      const std::string attempt = line.substr(line.find(' ') + 1);
      // What ran is known to have succeeded, or was reported as interrupted. Never twice as one.
      CHECK((recorded.succeeded.contains(attempt) || recorded.interrupted.contains(attempt)));
      if (line.starts_with("start")) CHECK(started.insert(attempt).second);
    }
    CHECK(started.contains(*recorded.succeeded.begin()));
    const auto lines = sandbox.effect(name);
    CHECK(std::count(lines.begin(), lines.end(), "done " + *recorded.succeeded.begin()) == 1);
  }
  return interrupted;
}

bool is_nobody_left(const std::string& run) {
  return eventually([&] { return processes_with("CEMLI_RUN_ID", run).empty(); },
                    std::chrono::seconds(1));
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
