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

constexpr const char* kNote = "echo \"$CEMLI_ATTEMPT\" >> \"$E/$CEMLI_PACKAGE\"\nsleep 0.05\n";
constexpr int kPackages = 5;

/// An environment in a bucket of the real server, behind a proxy that misbehaves.
class BadLine {
 public:
  explicit BadLine(std::uint64_t seed) : random_(seed), proxy_(object_store().endpoint(), seed) {
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
        packages,
        fmt::format("lease: 30s\nstores: {{packages: '{}', results: '{}', state: '{}'}}\n",
                    address("packages"), address("results"), address("state")));
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
  void behave() { proxy_.behave(); }
  [[nodiscard]] std::uint64_t faults() const { return proxy_.faults(); }

  Sandbox sandbox;

 private:
  const std::string prefix_ = random_hex(8);
  std::minstd_rand random_;
  FaultProxy proxy_;
};

TEST_CASE("over a bad line no package is run twice unknowingly and none is forgotten") {
  const std::uint64_t seeds = std::getenv("CEMLI_LONG_TESTS") != nullptr ? 50 : 4;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    BadLine line(seed);
    line.race();
    line.race();
    CHECK(line.faults() > 0);
    line.behave();
    Sandbox& sandbox = line.sandbox;
    sandbox.cemli(0, "apply -e dev --auto-approve --first-run --lock-timeout 1m");
    for (int i = 0; i < kPackages; ++i) {
      CHECK(sandbox.status_of(BadLine::name(i)) == "succeeded");
      const std::vector<std::string> attempts = sandbox.effect(BadLine::name(i));
      CHECK_FALSE(attempts.empty());
      CHECK(std::set<std::string>(attempts.begin(), attempts.end()).size() == attempts.size());
    }
    sandbox.cemli(0, "audit verify -e dev");
    sandbox.cemli(0, "plan -e dev --detailed-exitcode");
  }
}

}  // namespace
}  // namespace cemli::test
