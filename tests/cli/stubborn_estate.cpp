#include "tests/cli/stubborn_estate.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

namespace cemli::test {

using nlohmann::json;

namespace {

std::string name_of(int number) {
  return fmt::format("p{:02}", number);
}

}  // namespace

std::vector<PackageSource> stubborn_packages() {
  const std::string run =
      "echo \"start $CEMLI_ATTEMPT\" >> \"$E/$CEMLI_PACKAGE\"\n"
      "(setsid sh -c 'trap \"\" TERM; while :; do sleep 1; done' &)\n"
      "sh -c '(sleep 300 &) &'\n"
      "trap '' TERM\n"
      "sleep 0.03\n"
      "echo \"done $CEMLI_ATTEMPT\" >> \"$E/$CEMLI_PACKAGE\"\n";
  std::vector<PackageSource> sources;
  for (int i = 0; i < kStubbornPackages; ++i) {
    json manifest{{"idempotent", i % 2 == 0},
                  {"steps", {{"run", {{"program", "steps/run.sh"}, {"grace", "20ms"}}}}}};
    if (i >= 3) manifest["depends_on"] = {{name_of(i - 3), "^1.0.0"}};
    sources.push_back(PackageSource{name_of(i), "1.0.0", run, manifest});
  }
  return sources;
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
  return plan["summary"]["none"] == kStubbornPackages;
}

std::map<std::string, Attempts> attempts_in_log(const Sandbox& sandbox) {
  std::map<std::string, Attempts> attempts;
  for (const json& event : sandbox.events()) {
    const std::string type = event["type"];
    const bool is_end = type == "package.finished" || type == "package.reported";
    if (type != "package.started" && !is_end) continue;
    Attempts& of = attempts[event["address"]];
    const std::string number = std::to_string(event["attempt"].get<int>());
    if (type == "package.started") of.interrupted.insert(number);
    if (is_end && event["outcome"] != "interrupted") of.interrupted.erase(number);
    if (is_end && event["outcome"] == "succeeded") of.succeeded.insert(number);
  }
  return attempts;
}

std::size_t check_effects(const Sandbox& sandbox) {
  std::size_t interrupted = 0;
  const auto attempts = attempts_in_log(sandbox);
  for (int i = 0; i < kStubbornPackages; ++i) {
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

}  // namespace cemli::test
