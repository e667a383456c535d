#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/cli/stubborn_estate.h"

namespace cemli::test {
namespace {

using nlohmann::json;

/// What each address must be, from the events alone: a taint holds unless a success started after
/// it.
std::map<std::string, std::string> expected_statuses(const std::vector<json>& events) {
  std::map<std::string, int> started;
  std::map<std::string, int> succeeded;
  std::map<std::string, int> tainted;
  for (const json& event : events) {
    const std::string type = event.at("type");
    if (!event.contains("address")) continue;
    const std::string address = event.at("address");
    const int seq = event.at("seq");
    if (type == "package.started") started[address] = seq;
    if (type == "package.finished" && event.at("outcome") == "succeeded")
      succeeded[address] = started[address];
    if (type == "package.tainted") tainted[address] = seq;
  }
  std::map<std::string, std::string> statuses;
  for (const auto& [address, seq] : succeeded)
    statuses[address] = tainted[address] > seq ? "tainted" : "succeeded";
  return statuses;
}

/// Operators who say something while a run is active, each with a reason of its own.
class Operators {
 public:
  explicit Operators(Sandbox& sandbox) : sandbox_(sandbox) {}

  /// Says it and waits for the end; it must be taken.
  void say(const std::string& word) { sandbox_.cemli(0, command_of(word)); }

  /// Says it beside all else that goes on.
  void start(const std::string& word) {
    const std::string command = command_of(word);
    started_.push_back({sandbox_.start(command), said_.back(), word});
  }

  /// Kills one of those that were started.
  void kill(std::size_t which) { started_.at(which).command.signal(SIGKILL); }

  /// What was not killed must have been taken, but what somebody else has said already.
  void finish() {
    for (Started& started : started_) {
      const Ended ended = started.command.wait();
      CAPTURE(started.word, ended.err);
      if (ended.signal != 0) {
        killed_.insert(started.why);
      } else if (ended.exit_code != 0) {
        CHECK(ended.exit_code == 1);
        CHECK((ended.err.find("is suspended already") != std::string::npos ||
               ended.err.find("is not suspended") != std::string::npos ||
               ended.err.find("there is no hold on") != std::string::npos));
        refused_.insert(started.why);
      }
    }
    started_.clear();
  }

  /// Each word is in one entry of the log; a killed one's in one at most, a refused one's in none.
  void check_log(const std::vector<json>& events) const {
    std::map<std::string, std::set<int>> entries;
    for (const json& event : events) {
      if (event.contains("why")) entries[event.at("why")].insert(event.at("seq").get<int>());
    }
    for (const std::string& why : said_) {
      CAPTURE(why);
      const std::size_t times = entries[why].size();
      if (killed_.contains(why)) {
        CHECK(times <= 1);
      } else {
        CHECK(times == (refused_.contains(why) ? 0 : 1));
      }
    }
  }

 private:
  struct Started {
    Command command;
    std::string why;
    std::string word;
  };

  std::string command_of(const std::string& word) {
    said_.push_back(fmt::format("word-{}", said_.size()));
    return fmt::format("state {} --why {} -e dev", word, said_.back());
  }

  Sandbox& sandbox_;
  std::vector<std::string> said_;
  std::vector<Started> started_;
  std::set<std::string> killed_;
  std::set<std::string> refused_;
};

constexpr int kPackages = 6;
/// The log is read as a whole behind these.
constexpr int kRoundsOfOneLog = 50;

enum class Kills { none, some };

/// Whoever comes first: a taint holds or is lifted by the run, and all that was said stands in the
/// log. Nothing stays behind of holds and suspensions.
void check_outcome(Sandbox& sandbox, const Operators& operators) {
  const std::vector<json> events = sandbox.events();
  operators.check_log(events);
  const json list = sandbox.json_of("state list -e dev --json");
  const auto expected = expected_statuses(events);
  CHECK(expected.size() == kPackages);
  for (const json& package : list.at("packages")) {
    CAPTURE(package.at("address"));
    CHECK(package.at("status") == expected.at(package.at("address")));
  }
  sandbox.cemli(0, "audit verify -e dev");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const json settled = sandbox.json_of("state list -e dev --json");
  for (const json& package : settled.at("packages")) CHECK(package.at("status") == "succeeded");
}

/// Rounds of an apply with `words` of operators beside it.
void race(unsigned seed, const std::vector<std::string>& words, Kills kills) {
  std::mt19937 random(seed);
  const int rounds = is_long() ? 200 : 5;
  for (int round = 0; round < rounds;) {
    Sandbox sandbox;
    std::vector<PackageSource> sources;
    for (int i = 0; i < kPackages; ++i)
      sources.push_back({fmt::format("p{}", i), "1.0.0", "echo > $E/any\n"});
    sandbox.publish_and_desire(sources);
    sandbox.cemli(0, "apply -e dev --auto-approve");
    Operators operators(sandbox);
    for (int i = 0; i < kRoundsOfOneLog && round < rounds; ++i, ++round) {
      INFO("seed " << seed << ", round " << round);
      operators.say("taint p0 p1 p2 p3");
      Command apply = sandbox.start("apply -e dev --auto-approve");
      for (const std::string& word : words) operators.start(word);
      if (kills == Kills::some) {
        // Any moment is right for a fault.
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
        operators.kill(random() % words.size());
        operators.kill(random() % words.size());
      }
      operators.finish();
      const Ended ended = apply.wait();
      CAPTURE(ended.out, ended.err);
      CHECK((ended.exit_code == 0 || ended.exit_code == 3));
      // Whatever came last, nothing stands in the next round's way.
      for (const char* word : {"resume", "release p1", "release p3", "release p5"})
        operators.start(word);
      operators.finish();
    }
    check_outcome(sandbox, operators);
  }
}

TEST_CASE("operators' words of all kinds that race with a run are all recorded, and hold") {
  race(1, {"taint p0", "hold p1", "taint p2 p4", "suspend", "hold p3 p5", "taint p1"}, Kills::none);
}

TEST_CASE("operators' taints that race with a run are all recorded, and hold") {
  race(2, {"taint p0", "taint p1 p2", "taint p0 p3", "taint p4", "taint p5 p0"}, Kills::none);
}

TEST_CASE("operators' holds and releases that race with a run are all recorded") {
  race(5, {"hold p1", "hold p3", "release p1", "hold p5", "release p3"}, Kills::none);
}

TEST_CASE("operators who suspend and resume beside a run are all recorded") {
  race(3, {"suspend", "resume", "suspend", "resume", "hold p5"}, Kills::none);
}

TEST_CASE("operators' words are recorded once or not at all where the command is killed") {
  race(4, {"taint p0", "hold p1", "taint p2 p4", "suspend", "hold p3 p5", "taint p1"}, Kills::some);
}

}  // namespace
}  // namespace cemli::test
