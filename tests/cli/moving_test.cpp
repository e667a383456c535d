#include <signal.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>

#include "tests/cli/normalized.h"
#include "tests/cli/sandbox.h"
#include "tests/support/golden.h"

// An environment's record is brought from one folder to another.
namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using Contents = std::map<std::string, std::string>;

/// An environment with a record in the embedded store, and another folder that it is to go on in.
class Move {
 public:
  Move() {
    box_.publish({{"one", "1.0.0", "echo run >> $E/one", {}, {{"steps/check.sh", "exit 0"}}},
                  {"two", "1.0.0", "echo run >> $E/two", {{"depends_on", {{"one", "1.0.0"}}}}}});
    box_.desire("one: 1.0.0\ntwo: 1.0.0");
    box_.cemli(0, "apply -e dev --auto-approve");
  }

  Sandbox& box() { return box_; }
  [[nodiscard]] fs::path old_folder() const { return box_.store() / "state"; }
  [[nodiscard]] fs::path new_folder() const { return box_.root() / "new-state"; }
  [[nodiscard]] fs::path archive() const { return box_.repository() / "dev-state.tar"; }
  [[nodiscard]] std::string new_address() const { return "file:" + new_folder().string(); }

  [[nodiscard]] std::string closing() const {
    return "state export -e dev --close --to " + new_address() + " --why to-the-cloud";
  }
  /// Commits an environment file with its state in a folder, packages and results where they were.
  void keep_state_in(const std::string& address) {
    box_.desire(
        "one: 1.0.0\ntwo: 1.0.0",
        "stores: {packages: 'file:.cemli/packages', results: 'file:.cemli/results', state: '" +
            address + "'}\n");
  }
  void keep_state_in_new() { keep_state_in(new_address()); }

  /// Runs a command that is killed at a numbered place. Whether it was.
  bool is_killed_at(std::uint64_t at, const std::string& words) {
    const fs::path counted = box_.root() / "crash-count";
    fs::remove(counted);
    box_.environment()["CEMLI_CRASH_COUNT"] = counted.string();
    box_.environment()["CEMLI_CRASH_AT"] = std::to_string(at);
    Command command = box_.start(words);
    box_.environment().erase("CEMLI_CRASH_COUNT");
    box_.environment().erase("CEMLI_CRASH_AT");
    const Ended ended = command.wait();
    CAPTURE(words, ended.err);
    if (ended.signal == 0) CHECK(ended.exit_code == 0);
    return ended.signal == SIGKILL;
  }

 private:
  Sandbox box_;
};

/// Whether the folder holds all that another one holds, byte for byte.
bool holds(const fs::path& folder, const Contents& objects) {
  const Contents there = Sandbox::contents(folder);
  for (const auto& [path, bytes] : objects) {
    const auto found = there.find(path);
    if (found == there.end() || found->second != bytes) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a record is closed, exported, imported, and goes on where it is now") {
  Move move;
  Sandbox& box = move.box();
  const std::string seen = box.cemli(0, "status -e dev").out;
  REQUIRE(create_file(box.root() / "seen-before.txt", seen, Durability::relaxed));
  const Ended closed = box.cemli(0, move.closing());
  CHECK_THAT(closed.out, Contains("Its log is closed, and goes on in '" + move.new_address()));
  REQUIRE(create_file(box.root() / "seen-closed.txt", box.cemli(0, "status -e dev").out,
                      Durability::relaxed));
  const Contents old = Sandbox::contents(move.old_folder());
  move.keep_state_in_new();
  const Ended imported = box.cemli(0, "state import dev-state.tar -e dev");
  CHECK_THAT(imported.out, Contains("The log goes on here"));
  CHECK(holds(move.new_folder(), old));
  CHECK_THAT(box.cemli(0, "plan -e dev").out, Contains("No changes"));
  box.cemli(0, "state taint two --why again -e dev");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("one").size() == 1);
  CHECK(box.effect("two").size() == 2);
  // What was seen before the move, and at its end, is vouched for by what goes on.
  const std::string anchors = " --anchor " + (box.root() / "seen-before.txt").string() +
                              " --anchor " + (box.root() / "seen-closed.txt").string();
  box.cemli(0, "audit verify -e dev" + anchors);
  CHECK_THAT(box.cemli(0, "history -e dev").out,
             Contains("closed, to go on in " + move.new_address()) && Contains("opened in "));
  CHECK(Sandbox::contents(move.old_folder()) == old);
  // Importing again adds nothing.
  const Contents now = Sandbox::contents(move.new_folder());
  CHECK_THAT(box.cemli(0, "state import dev-state.tar -e dev").out, Contains("written: 0 objects"));
  CHECK(Sandbox::contents(move.new_folder()) == now);
}

TEST_CASE("whatever would append to a closed log is refused, and says where it goes on") {
  Move move;
  Sandbox& box = move.box();
  box.cemli(0, move.closing());
  box.publish({{"two", "2.0.0", "echo run >> $E/two"}});
  box.desire("one: 1.0.0\ntwo: 2.0.0");
  const Contents before = Sandbox::contents(box.store());
  for (const char* words :
       {"apply -e dev --auto-approve", "apply -e dev --auto-approve --target one",
        "reconcile -e dev --once", "drift -e dev", "state taint one --why x -e dev",
        "state hold one --why x -e dev", "state release one --why x -e dev",
        "state suspend --why x -e dev", "state resume --why x -e dev",
        "state forget one --why x -e dev", "state adopt one --why x -e dev",
        "state move one three --why x -e dev", "state resolve one --retry --why x -e dev",
        "state unlock --why x -e dev",
        "state export --close --to file:/elsewhere --why x -o /dev/null -e dev"}) {
    const Ended refused = box.cemli(1, words);
    INFO(words << ": " << refused.err);
    CHECK_THAT(refused.err, Contains("was closed by tester@") &&
                                Contains("it goes on in '" + move.new_address() + "'"));
  }
  CHECK(Sandbox::contents(box.store()) == before);
  CHECK(box.effect("two").size() == 1);
}

TEST_CASE("who only looks at a closed log is told that it is closed") {
  Move move;
  Sandbox& box = move.box();
  box.cemli(0, move.closing());
  for (const char* words :
       {"status -e dev", "plan -e dev", "show latest -e dev", "logs latest one -e dev",
        "state list -e dev", "state show one -e dev", "apply -e dev --dry-run"}) {
    INFO(words);
    CHECK_THAT(box.cemli(0, words).err,
               Contains("note: this log is closed and goes on in '" + move.new_address() + "'"));
  }
  const nlohmann::json closed = box.json_of("status -e dev --json").at("closed");
  CHECK(closed.at("to") == move.new_address());
  CHECK(closed.at("why") == "to-the-cloud");
  CHECK_THAT(box.cemli(0, "audit verify -e dev").out,
             Contains("closed: goes on in " + move.new_address()));
  CHECK(box.json_of("audit verify -e dev --json").at("closed").at("to") == move.new_address());
  box.cemli(0, "history one -e dev");
  box.cemli(0, "state at 2 -e dev");
}

TEST_CASE("closing a log, importing it, and a mistake on the way read like this") {
  Move move;
  Sandbox& box = move.box();
  std::string text;
  const auto type = [&](int exit_code, const std::string& words) {
    const Ended ended = box.cemli(exit_code, words);
    text += "$ cemli " + words + "\n" + ended.out;
    if (!ended.err.empty()) text += "(standard error)\n" + ended.err;
    text += "(exit code " + std::to_string(exit_code) + ")\n\n";
  };
  type(0, "state export -e dev");
  type(0, move.closing());
  type(0, move.closing());
  type(0, "status -e dev");
  type(1, "apply -e dev --auto-approve");
  type(1, "state import dev-state.tar -e dev");
  move.keep_state_in_new();
  type(0, "state import dev-state.tar -e dev");
  type(0, "state import dev-state.tar -e dev");
  type(0, "status -e dev");
  type(0, "audit verify -e dev");
  text = normalized(text, box);
  // How many entries a run takes depends on how fast it is.
  for (std::size_t at = text.find("written: "); at != std::string::npos;
       at = text.find("written: ", at + 1)) {
    const std::size_t digits = at + std::string("written: ").size();
    text.replace(digits, text.find(' ', digits) - digits, "N");
  }
  check_golden("cli/moving.txt", text);
}

TEST_CASE("a log is not closed while a run is active") {
  Sandbox box;
  box.publish_and_desire(
      {{"one", "1.0.0", "echo up >> $E/up; until [ -e $E/go ]; do sleep 0.02; done"}});
  Command apply = box.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return box.has_effect("up"); }));
  const std::string closing = "state export -e dev -o out.tar --close --to file:/elsewhere --why x";
  CHECK_THAT(box.cemli(5, closing).err, Contains("is locked by run"));
  CHECK_FALSE(fs::exists(box.repository() / "out.tar"));
  CHECK(box.events("log.closed").empty());
  SECTION("without --close it is exported as it is") {
    CHECK_THAT(box.cemli(0, "state export -e dev -o out.tar").out, Contains("Its log is open"));
    box.desire("one: 1.0.0",
               "stores: {packages: 'file:.cemli/packages', results: 'file:.cemli/results', state: "
               "'file:copied'}\n");
    CHECK_THAT(box.cemli(0, "state import out.tar -e dev").err,
               Contains("was not closed") && Contains("was active in it"));
  }
  SECTION("once it is killed, it is set aside in the entry that closes the log") {
    apply.signal(SIGKILL);
    static_cast<void>(apply.wait());
    REQUIRE(eventually([&] { return box.step_processes().empty(); }));
    box.cemli(0, closing);
    const auto closed = box.events("log.closed");
    REQUIRE(closed.size() == 1);
    CHECK(box.events("run.abandoned").back().at("seq") == closed.front().at("seq"));
    CHECK(box.events().back() == closed.front());
    return;
  }
  REQUIRE(create_file(box.effects() / "go", "", Durability::relaxed));
  CHECK(apply.wait().exit_code == 0);
}

TEST_CASE("an altered archive is refused, and nothing is written") {
  Move move;
  Sandbox& box = move.box();
  box.cemli(0, move.closing());
  const std::string whole = read_file(move.archive()).value();
  move.keep_state_in_new();
  // Of each part of the archive some bytes; the state's own tests alter many more.
  for (std::size_t at = 3; at < whole.size(); at += whole.size() / 29) {
    std::string altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    REQUIRE(replace_file(move.archive(), altered, Durability::relaxed));
    const Ended refused = box.cemli(1, "state import dev-state.tar -e dev");
    CAPTURE(at, refused.err);
    CHECK_THAT(refused.err, Contains("'dev-state.tar'") && Contains("nothing was written"));
    CHECK_FALSE(fs::exists(move.new_folder()));
  }
  REQUIRE(replace_file(move.archive(), whole, Durability::relaxed));
  box.cemli(0, "state import dev-state.tar -e dev");
}

TEST_CASE("an import that is killed anywhere is finished by the next") {
  Move move;
  Sandbox& box = move.box();
  box.cemli(0, move.closing());
  const Contents old = Sandbox::contents(move.old_folder());
  move.keep_state_in_new();
  int killed = 0;
  for (std::uint64_t at = 1;; ++at) {
    fs::remove_all(move.new_folder());
    fs::remove_all(box.root() / "home" / ".cache");
    if (!move.is_killed_at(at, "state import dev-state.tar -e dev")) break;
    ++killed;
    // Nobody takes a part for the whole: nothing, an error, or a log that is closed.
    const Ended between = box.start("apply -e dev --auto-approve").wait();
    CAPTURE(at, between.err);
    if (between.exit_code == 0) CHECK_THAT(between.out, Contains("No changes"));
    box.cemli(0, "state import dev-state.tar -e dev");
    CHECK(holds(move.new_folder(), old));
    CHECK_THAT(box.cemli(0, "plan -e dev").out, Contains("No changes"));
    box.cemli(0, "audit verify -e dev");
  }
  CHECK(killed > 3);
  CHECK(box.effect("one").size() == 1);
}

TEST_CASE("a closing export that is killed anywhere is finished by the next") {
  Move move;
  Sandbox& box = move.box();
  const fs::path before = box.root() / "before";
  fs::copy(move.old_folder(), before, fs::copy_options::recursive);
  int killed = 0;
  for (std::uint64_t at = 1;; ++at) {
    fs::remove_all(move.old_folder());
    fs::copy(before, move.old_folder(), fs::copy_options::recursive);
    fs::remove_all(box.root() / "home" / ".cache");
    fs::remove(move.archive());
    if (!move.is_killed_at(at, move.closing())) break;
    ++killed;
    box.cemli(0, move.closing());
    CHECK(box.events("log.closed").size() == 1);
    CHECK(fs::exists(move.archive()));
  }
  CHECK(killed > 0);
}

TEST_CASE("a record is brought over in two steps, the second of which is short") {
  Move move;
  Sandbox& box = move.box();
  box.cemli(0, "state export -e dev");
  move.keep_state_in_new();
  CHECK_THAT(box.cemli(0, "state import dev-state.tar -e dev").err,
             Contains("was not closed") && Contains("state export -e dev --close"));
  move.keep_state_in("file:.cemli/state");
  box.cemli(0, "state taint one --why again -e dev");
  box.cemli(0, move.closing());
  move.keep_state_in_new();
  const Ended rest = box.cemli(0, "state import dev-state.tar -e dev");
  CHECK_THAT(rest.out, Contains("written: 2 objects"));
  CHECK(box.status_of("one") == "tainted");
}

TEST_CASE("a record is read from another store without a file between") {
  Move move;
  Sandbox& box = move.box();
  box.cemli(0, move.closing());
  const Contents old = Sandbox::contents(move.old_folder());
  move.keep_state_in_new();
  CHECK_THAT(box.cemli(1, "state import -e dev --from " + move.new_address()).err,
             Contains("the environment's own state store"));
  box.cemli(0, "state import -e dev --from file:" + move.old_folder().string());
  CHECK(holds(move.new_folder(), old));
  CHECK_THAT(box.cemli(0, "plan -e dev").out, Contains("No changes"));
}

TEST_CASE("a closed log goes on in one place, unless an operator says otherwise") {
  Move move;
  Sandbox& box = move.box();
  box.cemli(0, move.closing());
  SECTION("not in a third store") {
    move.keep_state_in("file:third");
    const Ended refused = box.cemli(1, "state import dev-state.tar -e dev");
    CHECK_THAT(refused.err, Contains("closed to go on in '" + move.new_address()) &&
                                Contains("--here") && Contains("nothing was written"));
    CHECK_FALSE(fs::exists(box.repository() / "third"));
    box.cemli(0, "state import dev-state.tar -e dev --here");
  }
  SECTION("not in the old one, whose closing is taken back by that word") {
    CHECK_THAT(box.cemli(1, "state import dev-state.tar -e dev").err, Contains("--here"));
    box.cemli(0, "state import dev-state.tar -e dev --here");
  }
  box.cemli(0, "state taint one --why again -e dev");
  box.cemli(0, "audit verify -e dev");
}

TEST_CASE("a record is refused where it does not belong") {
  Move move;
  Sandbox& box = move.box();
  box.cemli(0, "state export -e dev");
  SECTION("where another log is") {
    move.keep_state_in_new();
    box.cemli(0, "apply -e dev --auto-approve --first-run");
    const Contents before = Sandbox::contents(move.new_folder());
    CHECK_THAT(box.cemli(1, "state import dev-state.tar -e dev").err,
               Contains("of another log there") && Contains("nothing was written"));
    CHECK(Sandbox::contents(move.new_folder()) == before);
  }
  SECTION("in another environment") {
    box.write("environments/prod.yaml", "format: 1\nenvironment: prod\npackages:\n  one: 1.0.0\n");
    box.commit();
    CHECK_THAT(box.cemli(1, "state import dev-state.tar -e prod").err,
               Contains("not of the record of environment 'prod'"));
    CHECK_FALSE(fs::exists(move.old_folder() / "prod"));
  }
  SECTION("what is no export at all") {
    move.keep_state_in_new();
    box.write("text", "no archive");
    CHECK_THAT(box.cemli(1, "state import text -e dev").err, Contains("'text'"));
    CHECK_THAT(box.cemli(1, "state import nowhere.tar -e dev").err, Contains("nowhere.tar"));
    CHECK_THAT(box.cemli(1, "state import . -e dev").err, Contains("'.'"));
    CHECK_FALSE(fs::exists(move.new_folder()));
  }
}

TEST_CASE("what export and import are not told rightly is refused with nothing done") {
  Move move;
  Sandbox& box = move.box();
  const Contents before = Sandbox::contents(box.store());
  for (const auto& [words, why] :
       {std::pair<std::string, std::string>{"state export -e dev --close", "--to"},
        {"state export -e dev --close --to file:/elsewhere", "--why"},
        {"state export -e dev --to file:/elsewhere --why x", "--close"},
        {"state export -e dev --close --to nonsense --why x", "--to: "},
        {"state export -e dev --close --to file:relative --why x", "write an absolute path"},
        {"state export -e dev --close --why x --to file:" + move.old_folder().string(),
         "the store that the log is in"},
        {"state import -e dev", "FILE"},
        {"state import a.tar --from file:/b -e dev", "FILE"}}) {
    INFO(words);
    CHECK_THAT(box.cemli(1, words).err, Contains(why));
  }
  CHECK_FALSE(fs::exists(move.archive()));
  CHECK(Sandbox::contents(box.store()) == before);
}

TEST_CASE("a record that is not whole is neither exported nor closed") {
  Move move;
  Sandbox& box = move.box();
  fs::remove(move.old_folder() / "dev" / "log" / "00000000000000000002.json");
  CHECK_THAT(box.cemli(1, move.closing()).err, Contains("00000000000000000002.json': missing") &&
                                                   Contains("cemli audit verify -e dev"));
  CHECK_FALSE(fs::exists(move.archive()));
  for (const auto& [path, bytes] : Sandbox::contents(move.old_folder()))
    CHECK(bytes.find("log.closed") == std::string::npos);
}

}  // namespace cemli::test
