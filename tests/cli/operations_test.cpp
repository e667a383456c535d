#include <signal.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/cli/sandbox.h"

// The pages for bad nights, docs/operations.md: what is typed here stands there, as it is.
namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// An environment `prod` with two packages, and somebody who types what the page says.
class BadNight {
 public:
  BadNight() : page_(read_file(CEMLI_OPERATIONS_PAGE).value()) {}

  Sandbox& box() { return box_; }

  void publish(const std::string& run_of_load, const nlohmann::json& manifest = {},
               const std::string& lease = "5m") {
    nlohmann::json members = nlohmann::json::object();
    if (manifest.is_object()) members = manifest;
    members["depends_on"] = {{"gl-base", "*"}};
    box_.publish({{.name = "gl-base", .run = "echo x >> $E/base"},
                  {.name = "gl-load", .run = run_of_load, .manifest = members}});
    for (const std::string name : {"prod", "test"}) {
      box_.write("environments/" + name + ".yaml", "format: 1\nenvironment: " + name +
                                                       "\nlease: " + lease +
                                                       "\npackages:\n  gl-base: 1.0.0\n"
                                                       "  gl-load: 1.0.0\n");
    }
    box_.commit();
  }

  /// Types a line of the page, with the page's `/srv/erp` for a folder here.
  Ended type(int exit_code, const std::string& line) {
    INFO(line);
    CHECK_THAT(page_, Contains("\n" + line + "\n"));
    REQUIRE(line.starts_with("cemli "));
    std::string words = line.substr(6);
    const std::string folder = "/srv/erp";
    if (const std::size_t at = words.find(folder); at != std::string::npos)
      words.replace(at, folder.size(), (box_.root() / "erp").string());
    return box_.cemli(exit_code, words);
  }

  /// Commits where the state of `prod` is to be.
  void keep_state_in(const std::string& address) {
    box_.write("environments/prod.yaml",
               "format: 1\nenvironment: prod\nstores: {packages: 'file:.cemli/packages', results: "
               "'file:.cemli/results', state: '" +
                   address + "'}\npackages:\n  gl-base: 1.0.0\n  gl-load: 1.0.0\n");
    box_.commit();
  }

  std::string status_of_load(const std::string& environment = "prod") {
    const nlohmann::json list = box_.json_of("state list --json -e " + environment);
    for (const auto& line : list.at("packages")) {
      if (line.at("address") == "gl-load") return line.at("status");
    }
    return "";
  }

  /// Starts a run and kills it, with its warden, in the middle of `gl-load`.
  void kill_a_run() {
    Command apply = box_.start("apply -e prod --auto-approve");
    REQUIRE(eventually([&] { return box_.effect("loading").size() == 1; }));
    apply.signal(SIGKILL);
    static_cast<void>(apply.wait());
    REQUIRE(eventually([&] { return box_.step_processes().empty(); }));
  }

 private:
  std::string page_;
  Sandbox box_;
};

const char* const kSlow =
    "echo $CEMLI_ATTEMPT >> $E/loading; until [ -e $E/go ]; do sleep 0.02; done";

}  // namespace

TEST_CASE("page: a package was interrupted") {
  const std::string line =
      GENERATE("cemli state resolve gl-load --succeeded --why checked -e prod",
               "cemli state resolve gl-load --failed --why rolled-back-by-hand -e prod",
               "cemli state resolve gl-load --retry --why nothing-was-done -e prod");
  BadNight night;
  night.publish(kSlow);
  night.kill_a_run();
  CHECK_THAT(night.type(0, "cemli plan -e prod").out, Contains("interrupted"));
  CHECK_THAT(night.type(0, "cemli state show gl-load -e prod").out, Contains("1.0.0"));
  night.type(0, line);
  REQUIRE(create_file(night.box().effects() / "go", "", Durability::relaxed));
  night.type(0, "cemli apply -e prod --auto-approve");
  CHECK(night.status_of_load() == "succeeded");
  const bool ran_again = line.find("--succeeded") == std::string::npos;
  CHECK(night.box().effect("loading").size() == (ran_again ? 2 : 1));
}

TEST_CASE("page: the store was lost") {
  BadNight night;
  night.publish(kSlow, {}, "2s");
  Sandbox& box = night.box();
  Command apply = box.start("apply -e prod --auto-approve");
  REQUIRE(eventually([&] { return !box.effect("loading").empty(); }));
  const fs::path state = box.store() / "state";
  fs::rename(state, box.store() / "aside");
  REQUIRE(create_file(state, "", Durability::relaxed));
  REQUIRE(create_file(box.effects() / "go", "", Durability::relaxed));
  CHECK(apply.wait().exit_code == 7);
  fs::remove(state);
  fs::rename(box.store() / "aside", state);
  night.type(0, "cemli state replay -e prod");
  night.type(0, "cemli audit verify -e prod");
  CHECK(night.status_of_load() == "succeeded");
}

TEST_CASE("page: a run holds the environment") {
  BadNight night;
  night.publish(kSlow);
  Sandbox& box = night.box();
  Command apply = box.start("apply -e prod --auto-approve");
  REQUIRE(eventually([&] { return !box.effect("loading").empty(); }));
  CHECK_THAT(box.cemli(5, "apply -e prod --auto-approve").err, Contains("is locked by run"));
  SECTION("it is at work, and is waited for") {
    Command waiting = box.start("apply -e prod --auto-approve --lock-timeout 10m");
    REQUIRE(eventually([&] { return waiting.err().find("waiting for run") != std::string::npos; }));
    REQUIRE(create_file(box.effects() / "go", "", Durability::relaxed));
    CHECK(apply.wait().exit_code == 0);
    CHECK(waiting.wait().exit_code == 0);
    night.type(0, "cemli apply -e prod --auto-approve --lock-timeout 10m");
  }
  SECTION("it is set aside, and finds that out") {
    night.type(0, "cemli state unlock --why its-machine-burnt-down -e prod");
    REQUIRE(create_file(box.effects() / "go", "", Durability::relaxed));
    CHECK(apply.wait().exit_code == 5);
    CHECK(night.status_of_load() == "interrupted");
  }
  box.cemli(0, "audit verify -e prod");
}

TEST_CASE("page: the target was cloned") {
  BadNight night;
  night.publish("echo x >> $E/load");
  Sandbox& box = night.box();
  box.cemli(0, "apply -e prod --auto-approve");
  box.publish({{.name = "gl-load", .version = "2.0.0"}});
  box.write("environments/test.yaml",
            "format: 1\nenvironment: test\npackages:\n  gl-base: 1.0.0\n  gl-load: 2.0.0\n");
  box.commit();
  box.cemli(0, "apply -e test --auto-approve");
  night.type(0, "cemli state refresh --from prod --at 5 --why cloned-on-sunday -e test");
  CHECK_THAT(night.type(0, "cemli plan -e test").out, Contains("version 1.0.0 -> 2.0.0"));
}

TEST_CASE("page: something was restored") {
  BadNight night;
  night.publish("echo x >> $E/load");
  Sandbox& box = night.box();
  box.cemli(0, "apply -e prod --auto-approve");
  SECTION("the database") {
    CHECK_THAT(night.type(0, "cemli history -e prod").out, Contains("run 2"));
    night.type(0, "cemli state taint gl-base gl-load --why restored-from-monday -e prod");
    night.type(0, "cemli apply -e prod --auto-approve");
    CHECK(box.effect("load").size() == 2);
  }
  SECTION("the machine: its cache is from before") {
    const fs::path cache = box.root() / "home" / ".cache";
    const fs::path before = box.root() / "cache-before";
    fs::copy(cache, before, fs::copy_options::recursive);
    box.cemli(0, "state taint gl-load --why x -e prod");
    box.cemli(0, "apply -e prod --auto-approve");
    fs::remove_all(cache);
    fs::copy(before, cache, fs::copy_options::recursive);
    CHECK_THAT(box.cemli(0, "apply -e prod --auto-approve").out, Contains("No changes"));
    CHECK(box.effect("load").size() == 2);
  }
  SECTION("the store: what was seen of it elsewhere shows the cut") {
    const fs::path log = box.store() / "state" / "prod" / "log";
    std::set<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(log)) entries.insert(entry.path());
    REQUIRE(create_file(box.repository() / "last-status.txt", box.cemli(0, "status -e prod").out,
                        Durability::relaxed));
    fs::remove(*entries.rbegin());
    fs::remove_all(box.store() / "state" / "prod" / "checkpoints");
    CHECK_THAT(box.cemli(0, "plan -e prod").err, Contains("its local cache is dropped"));
    CHECK_THAT(night.type(1, "cemli audit verify -e prod --anchor last-status.txt").out,
               Contains("the log's tail is cut"));
  }
}

TEST_CASE("page: moving the record to another store") {
  BadNight night;
  night.publish("echo x >> $E/load");
  Sandbox& box = night.box();
  box.cemli(0, "apply -e prod --auto-approve");
  const std::string there = "file:" + (box.root() / "erp" / "state").string();
  night.type(0, "cemli state export -e prod -o prod-state.tar");
  night.keep_state_in(there);
  CHECK_THAT(night.type(0, "cemli state import prod-state.tar -e prod").err,
             Contains("was not closed"));
  night.keep_state_in("file:.cemli/state");
  box.cemli(0, "state taint gl-load --why meanwhile -e prod");
  night.type(0,
             "cemli state export -e prod -o prod-state.tar --close --to file:/srv/erp/state --why "
             "new-machine");
  CHECK_THAT(box.cemli(1, "apply -e prod --auto-approve").err, Contains("it goes on in '" + there));
  SECTION("it goes on in the new store") {
    night.keep_state_in(there);
    night.type(0, "cemli state import prod-state.tar -e prod");
    night.type(0, "cemli audit verify -e prod");
    CHECK_THAT(night.type(0, "cemli plan -e prod").out, Contains("gl-load"));
  }
  SECTION("it was closed by mistake") {
    box.cemli(1, "state import prod-state.tar -e prod");
    night.type(0, "cemli state import prod-state.tar -e prod --here");
  }
  box.cemli(0, "apply -e prod --auto-approve");
  CHECK(box.effect("load").size() == 2);
  box.cemli(0, "audit verify -e prod");
}

TEST_CASE("page: a rule hit wrongly") {
  BadNight night;
  const nlohmann::json rules{
      {"steps", {{"run", {{"program", "steps/run.sh"}, {"success", {{"rules", {"oracle"}}}}}}}}};
  night.publish("echo 'ORA-00955: name is already used by an existing object'", rules);
  Sandbox& box = night.box();
  box.cemli(3, "apply -e prod --auto-approve");
  CHECK_THAT(night.type(0, "cemli logs latest gl-load -e prod").out, Contains("stdout:1"));
  SECTION("the next version allows the line") {
    nlohmann::json allowing = rules;
    allowing["steps"]["run"]["success"]["allow"] = {"ORA-00955"};
    box.publish({{.name = "gl-load",
                  .version = "1.0.1",
                  .run = "echo 'ORA-00955: name is already used by an existing object'",
                  .manifest = allowing}});
    box.write("environments/prod.yaml",
              "format: 1\nenvironment: prod\npackages:\n  gl-base: 1.0.0\n  gl-load: 1.0.1\n");
    box.commit();
    box.cemli(0, "apply -e prod --auto-approve");
  }
  SECTION("it is recorded as done, and not run again") {
    night.type(0, "cemli state adopt gl-load --why the-table-is-there -e prod");
    CHECK_THAT(box.cemli(0, "plan -e prod").out, Contains("No changes"));
  }
  CHECK(night.status_of_load() == "succeeded");
}

}  // namespace cemli::test
