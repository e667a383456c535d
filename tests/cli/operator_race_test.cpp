#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "tests/cli/sandbox.h"

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

TEST_CASE("operators' words that race with a running apply are all recorded, and hold") {
  const int rounds = std::getenv("CEMLI_LONG_TESTS") != nullptr ? 300 : 24;
  Sandbox sandbox;
  std::vector<PackageSource> sources;
  for (int i = 0; i < 6; ++i)
    sources.push_back({fmt::format("p{}", i), "1.0.0", "echo > $E/any\n"});
  sandbox.publish_and_desire(sources);
  sandbox.cemli(0, "apply -e dev --auto-approve");
  std::map<std::string, int> said;
  const auto words = [&said](const std::string& text, int round) {
    const std::string why = fmt::format("round-{}-{}", round, said.size());
    said[why] = 1;
    return fmt::format("state {} --why {} -e dev", text, why);
  };
  for (int round = 0; round < rounds; ++round) {
    sandbox.cemli(0, "state taint p0 p1 p2 p3 --why again -e dev");
    Command apply = sandbox.start("apply -e dev --auto-approve");
    std::vector<Command> operators;
    for (const char* word :
         {"taint p0", "hold p1", "taint p2 p4", "suspend", "hold p3 p5", "taint p1"})
      operators.push_back(sandbox.start(words(word, round)));
    for (Command& command : operators) {
      const Ended ended = command.wait();
      CAPTURE(ended.err);
      CHECK(ended.exit_code == 0);
    }
    const Ended ended = apply.wait();
    CAPTURE(ended.out, ended.err);
    CHECK((ended.exit_code == 0 || ended.exit_code == 3));
    sandbox.cemli(0, words("resume", round));
    sandbox.cemli(0, words("release p1 p3 p5", round));
  }
  const std::vector<json> events = sandbox.events();
  std::map<std::string, std::map<std::uint64_t, int>> entries;
  for (const json& event : events) {
    if (event.contains("why") && said.contains(event.at("why")))
      ++entries[event.at("why")][event.at("seq")];
  }
  CHECK(entries.size() == said.size());
  for (const auto& [why, seqs] : entries) CHECK(seqs.size() == 1);
  for (const auto& [address, status] : expected_statuses(events)) {
    CAPTURE(address);
    CHECK(sandbox.status_of(address) == status);
  }
  sandbox.cemli(0, "audit verify -e dev");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  for (const PackageSource& source : sources) CHECK(sandbox.status_of(source.name) == "succeeded");
}

}  // namespace
}  // namespace cemli::test
