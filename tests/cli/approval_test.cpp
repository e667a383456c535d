#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "state/base/clock.h"
#include "state/log.h"
#include "state/store/directory_store.h"
#include "tests/cli/sandbox.h"
#include "tests/support/sample_log.h"
#include "tests/support/signing_keys.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using nlohmann::json;

/// An environment whose plans need approvals, by signers of whom each has a key.
class Approvals {
 public:
  explicit Approvals(const std::string& rule = "{count: 2}") : rule_(rule) {
    for (const char* name : {"jane", "joe", "ann"}) {
      keys.make(name);
      signers_ += std::string(name) + "@example.com " + keys.public_key(name) + "\n";
    }
    keys.make("stranger");
    box.write("environments/allowed_signers", signers_);
    for (const char* version : {"1.0.0", "1.1.0"}) box.publish({package("one", version)});
    box.publish({package("two", "1.0.0", "test -e $E/ready")});
  }

  static PackageSource package(const std::string& name, const std::string& version,
                               const std::string& check = ":") {
    return {name, version, check + " && echo $CEMLI_VERSION >> $E/$CEMLI_PACKAGE"};
  }

  void desire(const std::string& packages) {
    box.desire(packages, "policy: {approvals: " + rule_ + "}\n");
  }
  Ended approve(int exit_code, const std::string& who, const std::string& plan = "") {
    const std::string subject = plan.empty() ? digest().substr(0, 12) : plan;
    return box.cemli(
        exit_code, "approve " + subject + " -e dev --yes --key " + (keys.folder() / who).string());
  }
  void approve_by_two() {
    approve(0, "jane");
    approve(0, "joe");
  }
  std::string digest() { return box.json_of("plan -e dev --format json").at("digest"); }
  std::string refused(int exit_code = 4) {
    const auto state = Sandbox::contents(box.store() / "state");
    const auto effects = Sandbox::contents(box.effects());
    std::string err = box.cemli(exit_code, "apply -e dev --auto-approve").err;
    CHECK(Sandbox::contents(box.store() / "state") == state);
    CHECK(Sandbox::contents(box.effects()) == effects);
    return err;
  }
  void apply(int exit_code = 0) { box.cemli(exit_code, "apply -e dev --auto-approve"); }

  Sandbox box;
  SigningKeys keys;

 private:
  std::string rule_;
  std::string signers_;
};

TEST_CASE("a plan is carried out once as many people have approved it as it needs") {
  Approvals world;
  Sandbox& box = world.box;
  world.desire("one: 1.0.0");
  CHECK_THAT(world.refused(), Contains("approvals: it has 0 of the 2 approvals that it needs"));
  box.cemli(0, "plan -e dev -o " + (box.root() / "p.json").string());
  CHECK_THAT(
      world.approve(0, "jane", (box.root() / "p.json").string()).out,
      Contains("Approved by jane@example.com (SHA256:") && Contains(world.digest().substr(0, 12)));
  CHECK_THAT(world.refused(),
             Contains("it has 1 of the 2 approvals that it needs (jane@example.com)"));
  // Who approves twice is one.
  world.approve(0, "jane");
  CHECK_THAT(world.refused(), Contains("it has 1 of the 2"));
  world.approve(0, "joe");
  CHECK_THAT(box.cemli(0, "plan -e dev").out,
             Contains("Approved by") && Contains("joe@example.com"));
  world.apply();
  CHECK(box.effect("one") == std::vector<std::string>{"1.0.0"});
  const json used = box.events("run.started").at(0).at("approvals");
  REQUIRE(used.size() == 2);
  CHECK(used.at(0).at("key") == world.keys.fingerprint("joe"));
  const json kept = box.evidence_of("one").at("approvals");
  CHECK(kept == used);
  box.cemli(0, "audit verify -e dev");
}

TEST_CASE("the approved rest of a run that did not end well needs no new approval") {
  Approvals world;
  world.desire("one: 1.0.0\ntwo: 1.0.0");
  world.approve_by_two();
  world.apply(3);
  CHECK(world.box.status_of("two") == "failed");
  REQUIRE(write_scratch_file(world.box.effects() / "ready", "", 0600));
  world.apply();
  CHECK(world.box.effect("one").size() == 1);
  CHECK(world.box.effect("two").size() == 1);
}

TEST_CASE("an approval covers nothing but its plan") {
  Approvals world;
  world.desire("one: 1.0.0");
  world.approve_by_two();
  // The branch has moved on.
  world.desire("one: 1.1.0");
  CHECK_THAT(world.refused(), Contains("it has 0 of the 2") && Contains("'one'"));
  world.approve(6, "jane", std::string(64, 'a'));
  world.desire("one: 1.0.0");
  world.apply();
}

TEST_CASE("an approval that was used does not serve when the same is due again") {
  Approvals world;
  world.desire("one: 1.0.0");
  world.approve_by_two();
  world.apply();
  world.desire("one: 1.1.0");
  world.approve_by_two();
  world.apply();
  world.desire("one: 1.0.0");
  world.approve_by_two();
  world.apply();
  world.desire("one: 1.1.0");
  CHECK_THAT(world.refused(), Contains("'one' has succeeded since it was given"));
}

TEST_CASE("who wrote a commit of the change does not approve it where the rule says so") {
  Approvals world("{count: 1, not_author: true}");
  world.box.environment()["GIT_AUTHOR_EMAIL"] = "Jane@example.com";
  world.desire("one: 1.0.0");
  world.approve(0, "jane");
  CHECK_THAT(
      world.refused(),
      Contains("that of 'jane@example.com' does not count: a commit of the change is theirs"));
  world.approve(0, "joe");
  world.apply();
}

TEST_CASE("the approval of a key that is not allowed, or was revoked, is not taken") {
  Approvals world("{count: 1}");
  world.desire("one: 1.0.0");
  CHECK_THAT(world.approve(4, "stranger").err, Contains("is not in 'allowed_signers'"));
  world.approve(0, "jane");
  world.box.write("environments/revoked_keys", world.keys.revocation_list({"jane"}));
  world.box.commit();
  CHECK_THAT(world.approve(4, "jane").err, Contains("is revoked"));
  CHECK_THAT(world.refused(), Contains("it has 0 of the 1") && Contains("is revoked"));
}

/// Records a run that began and ended then.
void record_run_at(Sandbox& box, Timestamp time) {
  const auto state = make_directory_store(box.store() / "state");
  auto reading = read_log(*state, "dev", RecordedCache(std::nullopt));
  REQUIRE(reading);
  const std::string run = "run-of-then";
  for (const Event& event : {Event(run_started(run)), Event(run_finished(run))}) {
    const ComposedEntry entry = compose_entry(reading->state, written_by(run), time, {event});
    REQUIRE(send_entry(*state, entry));
    REQUIRE(catch_up(*state, *reading));
  }
}

TEST_CASE("a clock that was set back makes no approval valid again") {
  Approvals world("{count: 1, expire: 7d}");
  world.desire("one: 1.0.0");
  world.approve(0, "jane");
  world.apply();
  world.desire("one: 1.1.0");
  world.approve(0, "jane");
  SECTION("as of now it counts") {
    world.apply();
  }
  SECTION("it does not once the record has been later than it lasts") {
    record_run_at(world.box, wall_now() + std::chrono::days(8));
    CHECK_THAT(world.refused(), Contains("it has 0 of the 1") && Contains("it has expired"));
  }
  SECTION("nor does a key that has ended by then") {
    const auto year = std::chrono::days(365);
    const std::string signers =
        read_file(world.box.repository() / "environments/allowed_signers").value();
    const std::string until = format_compact_timestamp(wall_now() + year).substr(0, 8);
    world.box.write("environments/allowed_signers", "jane@example.com valid-before=\"" + until +
                                                        "\"" + signers.substr(signers.find(' ')));
    world.box.commit();
    world.desire("one: 1.1.0");
    world.approve(0, "jane");
    CHECK_THAT(world.box.cemli(0, "plan -e dev").out, Contains("Approved by"));
    record_run_at(world.box, wall_now() + year + std::chrono::days(1));
    CHECK_THAT(world.refused(), Contains("it has 0 of the 1"));
  }
}

TEST_CASE("an approval that was kept for another environment is for that one") {
  Approvals world("{count: 1}");
  world.desire("one: 1.0.0");
  world.approve(0, "jane");
  Sandbox& box = world.box;
  std::string file = read_file(box.repository() / "environments/dev.yaml").value();
  file.replace(file.find("environment: dev"), 16, "environment: test");
  box.write("environments/test.yaml", file);
  box.commit();
  fs::create_directories(box.store() / "results/test");
  for (const char* part : {"approvals", "approved"})
    fs::copy(box.store() / "results/dev" / part, box.store() / "results/test" / part,
             fs::copy_options::recursive);
  CHECK_THAT(box.cemli(4, "apply -e test --auto-approve").err,
             Contains("it is for environment 'dev'"));
}

TEST_CASE("there is nothing to approve where nothing is due, and nobody is taken for a yes") {
  Approvals world("{count: 1}");
  world.desire("one: 1.0.0");
  const std::string words = "approve " + world.digest() + " -e dev --key ";
  CHECK_THAT(world.box.cemli(1, words + (world.keys.folder() / "jane").string()).err,
             Contains("there is no terminal to ask on"));
  CHECK_THAT(world.box.cemli(1, "approve short -e dev").err,
             Contains("is neither a file nor the start of a plan's digest"));
  world.approve(0, "jane");
  world.apply();
  CHECK_THAT(world.approve(1, "jane").err, Contains("nothing to approve"));
}

}  // namespace
}  // namespace cemli::test
