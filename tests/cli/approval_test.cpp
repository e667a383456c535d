#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/cli/sandbox.h"
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
