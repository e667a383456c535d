#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// Puts a file where a store's folder should be: nothing can be read or written there, not even by
/// root.
class Lost {
 public:
  Lost(const Sandbox& box, const std::string& store) : folder_(box.store() / store) {
    fs::rename(folder_, aside());
    REQUIRE(create_file(folder_, "", Durability::relaxed));
  }
  void come_back() const {
    fs::remove(folder_);
    fs::rename(aside(), folder_);
  }

 private:
  [[nodiscard]] fs::path aside() const { return folder_.string() + "-aside"; }
  fs::path folder_;
};

/// A run that loses a store while `slow` runs: `first` is done by then, `last` would come behind.
struct LostRun {
  explicit LostRun(Sandbox& sandbox, const std::string& lost) : box(sandbox) {
    box.publish_and_desire(
        {{"first", "1.0.0", "echo ran >> $E/first"},
         {"slow",
          "1.0.0",
          "echo $CEMLI_ATTEMPT >> $E/slow\nuntil [ -e $E/go ]; do sleep 0.02; done\necho done",
          {{"depends_on", {{"first", "*"}}}}},
         {"last", "1.0.0", "echo ran >> $E/last", {{"depends_on", {{"slow", "*"}}}}}},
        "lease: 2s\n");
    Command apply = box.start("apply -e dev --auto-approve");
    REQUIRE(eventually([&] { return !box.effect("slow").empty(); }));
    store.emplace(box, lost);
    REQUIRE(create_file(box.effects() / "go", "", Durability::relaxed));
    ended = apply.wait();
  }
  [[nodiscard]] bool is_spooled() const {
    for (const auto& entry : fs::recursive_directory_iterator(box.root())) {
      if (entry.path().filename() == "spool.json") return true;
    }
    return false;
  }

  Sandbox& box;
  std::optional<Lost> store;
  Ended ended;
};

}  // namespace

TEST_CASE("what a lost store did not take is spooled, and replayed when it is back") {
  const std::string lost = GENERATE("state", "results");
  INFO(lost);
  Sandbox box;
  LostRun run(box, lost);
  CHECK(run.ended.exit_code == 7);
  CHECK_THAT(run.ended.err, Contains("waits on this machine") && Contains("state replay -e dev"));
  CHECK(run.is_spooled());
  CHECK_FALSE(box.has_effect("last"));
  // While the store is away nothing can be replayed, and nothing is lost by trying.
  box.cemli(1, "state replay -e dev");
  CHECK(run.is_spooled());
  run.store->come_back();
  // Who only looks is told, and changes nothing.
  const auto before = Sandbox::contents(box.store());
  CHECK_THAT(box.cemli(0, "plan -e dev").err, Contains("waits on this machine"));
  CHECK_THAT(box.cemli(0, "status -e dev").err, Contains("state replay -e dev"));
  CHECK(Sandbox::contents(box.store()) == before);
  CHECK_THAT(box.cemli(0, "state replay -e dev").err, Contains("recorded what run"));
  CHECK_FALSE(run.is_spooled());
  CHECK(box.status_of("slow") == "succeeded");
  CHECK(box.events("run.abandoned").empty());
  CHECK(box.evidence_of("slow").at("execution").at(0).at("stdout").at("text") == "done\n");
  box.cemli(0, "audit verify -e dev");
  CHECK_THAT(box.cemli(0, "state replay -e dev").out, Contains("nothing"));
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("first").size() == 1);
  CHECK(box.effect("slow").size() == 1);
  CHECK(box.effect("last").size() == 1);
  box.cemli(0, "audit verify -e dev");
}

TEST_CASE("any command that appends replays first") {
  const std::string command =
      GENERATE("apply -e dev --auto-approve", "reconcile -e dev --once",
               "state taint first --why x -e dev", "state suspend --why x -e dev");
  INFO(command);
  Sandbox box;
  LostRun run(box, "state");
  run.store->come_back();
  CHECK_THAT(box.cemli(0, command).err, Contains("recorded what run"));
  CHECK(box.status_of("slow") == "succeeded");
  CHECK(box.effect("slow").size() == 1);
  box.cemli(0, "audit verify -e dev");
}

TEST_CASE("words about what a spool knows come behind it, and are refused where it has said it") {
  for (const char* command :
       {"state resolve slow --retry --why x -e dev", "state unlock --why gone -e dev"}) {
    INFO(command);
    Sandbox box;
    LostRun run(box, "results");
    run.store->come_back();
    CHECK_THAT(box.cemli(1, command).err, Contains("recorded what run"));
    CHECK(box.status_of("slow") == "succeeded");
    CHECK(box.events("run.abandoned").empty());
    CHECK(box.events("package.resolved").empty());
  }
}

TEST_CASE("what was spooled is reported where another run has taken over meanwhile") {
  Sandbox box;
  LostRun run(box, "state");
  run.store->come_back();
  // Another machine knows nothing of the spool; `slow` is not idempotent, so it waits for a word.
  const auto environment = box.environment();
  box.environment()["CEMLI_SPOOL"] = (box.root() / "elsewhere").string();
  box.cemli(3, "apply -e dev --auto-approve --lock-timeout 1m");
  box.cemli(0, "state unlock --why gone -e dev");
  CHECK(box.status_of("slow") == "interrupted");
  CHECK_FALSE(box.has_effect("last"));
  box.environment() = environment;
  CHECK_THAT(box.cemli(0, "state replay -e dev").err, Contains("beside the run that came after"));
  CHECK(box.status_of("slow") == "succeeded");
  CHECK(box.events("package.reported").size() == 1);
  box.cemli(0, "audit verify -e dev");
  CHECK_THAT(box.cemli(0, "history slow -e dev").out, Contains("reported as succeeded"));
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("slow").size() == 1);
  CHECK(box.effect("last").size() == 1);
}

TEST_CASE("where not even a spool can be written, the next run finds what is interrupted") {
  Sandbox box;
  box.environment()["CEMLI_SPOOL"] = "/proc/nowhere";
  LostRun run(box, "state");
  CHECK(run.ended.exit_code == 1);
  CHECK_THAT(run.ended.err, Contains("counts as interrupted"));
  run.store->come_back();
  CHECK_THAT(box.cemli(3, "apply -e dev --auto-approve --lock-timeout 1m").out,
             Contains("interrupted"));
  CHECK(box.effect("slow").size() == 1);
  box.cemli(0, "state resolve slow --succeeded --why looked -e dev");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("last").size() == 1);
  box.cemli(0, "audit verify -e dev");
}

}  // namespace cemli::test
