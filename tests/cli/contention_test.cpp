#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <thread>

#include "tests/cli/stubborn_estate.h"

namespace cemli::test {
namespace {

using nlohmann::json;

constexpr int kProcesses = 16;
constexpr int kPackages = 8;
/// A log is read as a whole each time a test looks for the active run.
constexpr int kRoundsOfOneLog = 5;

/// Two rows of packages, every second one idempotent. They note attempt and fence at both ends.
std::vector<PackageSource> noting_packages() {
  std::vector<PackageSource> sources;
  for (int i = 0; i < kPackages; ++i) {
    json manifest{{"idempotent", i % 2 == 0}};
    if (i >= kPackages / 2) manifest["depends_on"] = {{fmt::format("p{}", i - 4), "^1.0.0"}};
    sources.push_back({fmt::format("p{}", i), "1.0.0",
                       "echo \"start $CEMLI_ATTEMPT $CEMLI_FENCE\" >> \"$E/$CEMLI_PACKAGE\"\n"
                       "sleep 0.05\n"
                       "echo \"done $CEMLI_ATTEMPT $CEMLI_FENCE\" >> \"$E/$CEMLI_PACKAGE\"\n",
                       manifest});
  }
  return sources;
}

/// The run that is active, or was last, by what it said when it started.
std::optional<json> newest_run(const Sandbox& sandbox) {
  const std::vector<json> runs = sandbox.events("run.started");
  if (runs.empty()) return std::nullopt;
  return runs.back();
}

bool is_abandoned(const Sandbox& sandbox, const std::string& run) {
  const std::vector<json> abandoned = sandbox.events("run.abandoned");
  return std::any_of(abandoned.begin(), abandoned.end(),
                     [&run](const json& event) { return event.at("run") == run; });
}

/// Sixteen processes that apply at once, and what is done to them.
class Contest {
 public:
  Contest(Sandbox& sandbox, std::mt19937& random) : sandbox_(sandbox), random_(random) {
    const std::size_t runs_before = sandbox.events("run.started").size();
    for (int i = 0; i < kProcesses; ++i)
      commands_.push_back(sandbox.start(number(0, 3) == 0
                                            ? "apply -e dev --auto-approve --lock-timeout 1m"
                                            : "apply -e dev --auto-approve"));
    REQUIRE(
        eventually([&] { return sandbox.events("run.started").size() > runs_before || !rest(); }));
  }

  /// Kills a few, whatever they are doing, but not the one that is stopped.
  void kill_some() {
    for (int i = 0; i < 4; ++i) {
      pause();
      Command& command = commands_.at(static_cast<std::size_t>(number(0, kProcesses - 1)));
      if (&command != stopped_) kill(command);
    }
  }

  void kill_run() {
    pause();
    if (Command* runner = runner_of(*newest_run(sandbox_))) kill(*runner);
  }

  void kill_warden() {
    pause();
    const json run = *newest_run(sandbox_);
    // A run that has ended has no warden, and the number may be another process's.
    const pid_t warden = run.at("holder").at("warden_pid");
    const auto own = processes_with("CEMLI_RUN_ID", run.at("run"));
    if (std::find(own.begin(), own.end(), warden) != own.end()) ::kill(warden, SIGKILL);
  }

  /// Stops the run until its warden has ended its steps and another run has taken over, where it
  /// was still a run; then lets it go on. Returns whether it was set aside.
  bool stop_run_past_its_lease(const std::function<void()>& meanwhile = [] {}) {
    pause();
    const json run = *newest_run(sandbox_);
    const std::string id = run.at("run");
    Command* runner = runner_of(run);
    if (runner == nullptr || runner->has_ended()) return false;
    runner->signal(SIGSTOP);
    stopped_ = runner;
    meanwhile();
    CHECK(eventually([&] { return processes_with("CEMLI_RUN_ID", id).empty(); }));
    const Ended next = sandbox_.start("apply -e dev --auto-approve --lock-timeout 1m").wait();
    CAPTURE(next.out, next.err);
    CHECK((next.exit_code == 0 || next.exit_code == 3));
    const bool is_set_aside = is_abandoned(sandbox_, id);
    runner->signal(SIGCONT);
    const Ended ended = runner->wait();
    CAPTURE(ended.out, ended.err);
    CHECK((ended.exit_code == 5) == is_set_aside);
    if (is_set_aside) CHECK(ended.err.find("this run was set aside by ") != std::string::npos);
    return is_set_aside;
  }

  /// All but the killed ones did what was asked, left it to others, or say what failed.
  void finish() {
    for (Command& command : commands_) {
      const Ended ended = command.wait();
      CAPTURE(ended.out, ended.err, ended.exit_code, ended.signal);
      if (ended.signal != 0) {
        CHECK(ended.signal == SIGKILL);
        CHECK(killed_.contains(command.pid()));
      } else {
        CHECK((ended.exit_code == 0 || ended.exit_code == 3 || ended.exit_code == 5));
      }
      if (ended.exit_code == 5)
        CHECK((ended.err.find("is locked by run ") != std::string::npos ||
               ended.err.find("this run was set aside by ") != std::string::npos));
    }
  }

 private:
  int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  /// Any moment is right for a fault.
  void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(number(0, 120))); }

  void kill(Command& command) {
    killed_.insert(command.pid());
    if (!command.has_ended()) command.signal(SIGKILL);
  }

  /// How many still run.
  std::ptrdiff_t rest() {
    return std::count_if(commands_.begin(), commands_.end(),
                         [](Command& command) { return !command.has_ended(); });
  }

  Command* runner_of(const json& run) {
    const pid_t pid = run.at("holder").at("pid");
    const auto found = std::find_if(commands_.begin(), commands_.end(),
                                    [pid](const Command& command) { return command.pid() == pid; });
    return found == commands_.end() ? nullptr : &*found;
  }

  Sandbox& sandbox_;
  std::mt19937& random_;
  std::vector<Command> commands_;
  std::set<pid_t> killed_;
  const Command* stopped_ = nullptr;
};

/// An operator sees to what is interrupted, and one apply does what is left.
void settle(Sandbox& sandbox) {
  resolve_what_is_interrupted(sandbox);
  sandbox.cemli(0, "apply -e dev --auto-approve --lock-timeout 1m");
  const json plan = sandbox.json_of("plan -e dev --format json");
  CHECK(plan.at("summary").at("none") == kPackages);
  CHECK(sandbox.step_processes().empty());
}

/// No attempt has an effect twice, none but a succeeded or an interrupted one has any, a succeeded
/// one has all, and no older run comes behind a newer one.
void check_noted_effects(const Sandbox& sandbox) {
  for (const auto& [address, recorded] : attempts_in_log(sandbox)) {
    CAPTURE(address);
    std::set<std::string> done;
    std::set<std::string> noted;
    int fence = 0;
    for (const std::string& line : sandbox.effect(address)) {
      CAPTURE(line);
      const std::vector<std::string> words = split_words(line);
      REQUIRE(words.size() == 3);
      CHECK(noted.insert(words[0] + words[1]).second);
      CHECK((recorded.succeeded.contains(words[1]) || recorded.interrupted.contains(words[1])));
      if (words[0] == "done") done.insert(words[1]);
      CHECK(std::stoi(words[2]) >= fence);
      fence = std::stoi(words[2]);
    }
    for (const std::string& attempt : recorded.succeeded) CHECK(done.contains(attempt));
  }
}

/// Rounds of sixteen at once, with a fault in each that `inflict` chooses.
void contend(unsigned seed, int rounds,
             const std::function<void(Contest&, std::mt19937&)>& inflict) {
  std::mt19937 random(seed);
  std::optional<Sandbox> sandbox;
  for (int round = 0; round < rounds; ++round) {
    INFO("seed " << seed << ", round " << round);
    if (round % kRoundsOfOneLog == 0) {
      sandbox.emplace();
      sandbox->publish_and_desire(noting_packages(), "lease: 2s\n");
    } else {
      sandbox->cemli(0, "state taint p0 p1 p2 p3 p4 p5 p6 p7 --why again -e dev");
    }
    {
      Contest contest(*sandbox, random);
      inflict(contest, random);
      contest.finish();
    }
    settle(*sandbox);
    check_noted_effects(*sandbox);
    sandbox->cemli(0, "audit verify -e dev");
  }
}

TEST_CASE("of sixteen at once no effect is lost or repeated, whoever of them is killed") {
  contend(20261123, is_long() ? 50 : 6, [](Contest& contest, std::mt19937& random) {
    switch (random() % 4) {
      case 0:
        return contest.kill_some();
      case 1:
        return contest.kill_run();
      case 2:
        return contest.kill_warden();
      default:
        return;
    }
  });
}

TEST_CASE("of sixteen at once a run that is stopped past its lease loses its place and no more") {
  int set_aside = 0;
  contend(20261124, is_long() ? 25 : 2, [&set_aside](Contest& contest, std::mt19937&) {
    if (contest.stop_run_past_its_lease()) ++set_aside;
  });
  // Else each run had ended before it was stopped.
  CHECK(set_aside > 0);
}

TEST_CASE("of sixteen at once others are killed while a run is stopped past its lease") {
  int set_aside = 0;
  contend(20261125, is_long() ? 25 : 2, [&set_aside](Contest& contest, std::mt19937&) {
    if (contest.stop_run_past_its_lease([&contest] { contest.kill_some(); })) ++set_aside;
  });
  CHECK(set_aside > 0);
}

}  // namespace
}  // namespace cemli::test
