#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "state/store/store_address.h"
#include "tests/cli/sandbox.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/object_store.h"

namespace cemli::test {
namespace {

/// Its last package, that which needs the most others, waits for as long as the file `hold` exists.
constexpr const char* kNote =
    "echo \"$CEMLI_ATTEMPT\" >> \"$E/$CEMLI_PACKAGE\"\nsleep 0.05\n"
    "[ \"$CEMLI_PACKAGE\" != p4 ] || while [ -e \"$E/hold\" ]; do sleep 0.05; done\n";
constexpr int kPackages = 5;

/// An environment in a bucket of the real server, behind a proxy that misbehaves.
class BadLine {
 public:
  explicit BadLine(std::uint64_t seed, const char* lease = "30s")
      : random_(seed), proxy_(object_store().endpoint(), seed) {
    object_store().make_bucket("cemli-race");
    for (const auto& [name, value] : object_store().key()) sandbox.environment()[name] = value;
    const auto address = [&](const char* store) {
      return format_store_address(
          S3Address{"cemli-race", prefix_ + "/" + store + "/", proxy_.url()});
    };
    std::string packages;
    std::vector<std::string> publish{"package", "publish", "-e", "dev"};
    for (int i = 0; i < kPackages; ++i) {
      PackageSource source{name(i), "1.0.0", kNote, {{"idempotent", true}}};
      if (i > 1) source.manifest["depends_on"] = {{name(i / 2), "1.0.0"}};
      packages += source.name + ": 1.0.0\n";
      publish.push_back(sandbox.write_package(source).string());
    }
    sandbox.desire(
        packages, fmt::format("lease: {}\nstores: {{packages: '{}', results: '{}', state: '{}'}}\n",
                              lease, address("packages"), address("results"), address("state")));
    sandbox.cemli(0, publish);
  }

  static std::string name(int package) { return fmt::format("p{}", package); }

  /// Three runs at once, one of which is killed somewhere on its way.
  void race() {
    std::vector<Command> runs;
    for (int i = 0; i < 3; ++i)
      runs.push_back(sandbox.start("apply -e dev --auto-approve --first-run"));
    std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 1500));
    runs[random_() % runs.size()].signal(SIGKILL);
    for (Command& run : runs) {
      const Ended ended = run.wait();
      INFO(ended.out << ended.err);
      CHECK(std::set<int>{-1, 0, 1, 3, 5, 7}.contains(ended.exit_code));
    }
  }
  /// A run that loses the line once something has run, and keeps its record on its own machine.
  void lose_the_line() {
    const std::filesystem::path hold = sandbox.effects() / "hold";
    REQUIRE(replace_file(hold, "", Durability::relaxed));
    Command run = sandbox.start("apply -e dev --auto-approve --first-run");
    REQUIRE(eventually([&] { return sandbox.has_effect(name(0)); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 300));
    proxy_.cut_off();
    std::filesystem::remove(hold);
    const Ended ended = run.wait();
    INFO(ended.out << ended.err);
    CHECK(ended.exit_code == 7);
  }
  void behave() { proxy_.behave(); }
  [[nodiscard]] std::uint64_t faults() const { return proxy_.faults(); }

  Sandbox sandbox;

 private:
  const std::string prefix_ = random_hex(8);
  std::minstd_rand random_;
  FaultProxy proxy_;
};

/// Every package has succeeded, and none ran twice without saying so.
void check_all_ran(Sandbox& sandbox) {
  for (int i = 0; i < kPackages; ++i) {
    CHECK(sandbox.status_of(BadLine::name(i)) == "succeeded");
    const std::vector<std::string> attempts = sandbox.effect(BadLine::name(i));
    CHECK_FALSE(attempts.empty());
    CHECK(std::set<std::string>(attempts.begin(), attempts.end()).size() == attempts.size());
  }
  sandbox.cemli(0, "audit verify -e dev");
  sandbox.cemli(0, "plan -e dev --detailed-exitcode");
}

/// How many seeds each kind of race is run with: `CEMLI_RACE_SEEDS`, or `usual`.
std::uint64_t seeds_or(std::uint64_t usual) {
  const char* seeds = std::getenv("CEMLI_RACE_SEEDS");
  return seeds == nullptr ? usual : std::stoul(seeds);
}

/// From `first` up to but not including `end`.
void race_with_seeds(std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t seed = first; seed < end; ++seed) {
    CAPTURE(seed);
    BadLine line(seed);
    line.race();
    line.race();
    CHECK(line.faults() > 0);
    line.behave();
    line.sandbox.cemli(0, "apply -e dev --auto-approve --first-run --lock-timeout 1m");
    check_all_ran(line.sandbox);
  }
}

// In two halves, which run side by side.
TEST_CASE("over a bad line no package is run twice unknowingly and none is forgotten") {
  race_with_seeds(0, seeds_or(50) / 2);
}
TEST_CASE("over another bad line no package is run twice unknowingly and none is forgotten") {
  race_with_seeds(seeds_or(50) / 2, seeds_or(50));
}

TEST_CASE("what ran while the line was dead is recorded once it is back, and runs no second time") {
  for (std::uint64_t seed = 1; seed <= seeds_or(2); ++seed) {
    CAPTURE(seed);
    BadLine line(seed, "6s");
    line.lose_the_line();
    line.behave();
    line.sandbox.cemli(0, "state replay -e dev");
    line.sandbox.cemli(0, "apply -e dev --auto-approve");
    check_all_ran(line.sandbox);
  }
}

TEST_CASE("what ran while the line was dead is reported after another machine has gone on") {
  for (std::uint64_t seed = 1; seed <= seeds_or(2); ++seed) {
    CAPTURE(seed);
    BadLine line(seed, "6s");
    Sandbox& sandbox = line.sandbox;
    line.lose_the_line();
    line.behave();
    const auto own = sandbox.environment();
    sandbox.environment()["CEMLI_SPOOL"] = (sandbox.root() / "elsewhere").string();
    sandbox.cemli(0, "apply -e dev --auto-approve --lock-timeout 1m");
    sandbox.environment() = own;
    sandbox.cemli(0, "state replay -e dev");
    check_all_ran(sandbox);
  }
}

}  // namespace
}  // namespace cemli::test
