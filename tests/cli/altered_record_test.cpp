#include <catch2/catch.hpp>
#include <functional>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

const std::vector<std::string> kWriters{"apply -e dev --auto-approve", "reconcile -e dev --once",
                                        "state taint one --why again -e dev"};
const std::vector<std::string> kCommands{"plan -e dev", kWriters[0], kWriters[1], kWriters[2]};

/// Two environments with a log each; of `dev` an operator had the last word, behind the newest
/// checkpoint, and there is something to do.
class AlteredEstate {
 public:
  AlteredEstate() {
    sandbox.publish({{"one", "1.0.0", "echo >> $E/one\necho text > $CEMLI_ARTIFACTS/a"},
                     {"two", "1.0.0", "echo >> $E/two"},
                     {"two", "2.0.0", "echo >> $E/two"}});
    sandbox.write("environments/test.yaml",
                  "format: 1\nenvironment: test\npackages:\n  one: 1.0.0\n  two: 1.0.0\n");
    sandbox.desire("one: 1.0.0\ntwo: 1.0.0");
    sandbox.cemli(0, "apply -e dev --auto-approve");
    sandbox.cemli(0, "apply -e test --auto-approve");
    sandbox.cemli(0, "state taint one --why restored -e test");
    sandbox.desire("one: 1.0.0\ntwo: 2.0.0");
    sandbox.cemli(0, "state taint one --why restored -e dev");
    whole_ = Sandbox::contents(store());
    REQUIRE(objects("dev/log").size() >= 4);
    REQUIRE_FALSE(objects("dev/checkpoints").empty());
  }

  Sandbox sandbox;

  [[nodiscard]] fs::path store() const { return sandbox.store() / "state"; }

  /// The paths of objects below a folder of the state store, in their order.
  [[nodiscard]] std::vector<fs::path> objects(const std::string& folder) const {
    std::vector<fs::path> paths;
    for (const auto& [path, bytes] : Sandbox::contents(store() / folder)) {
      if (path.ends_with(".json")) paths.push_back(store() / folder / path);
    }
    return paths;
  }
  [[nodiscard]] fs::path middle_entry() const { return objects("dev/log").at(1); }
  [[nodiscard]] fs::path newest_entry() const { return objects("dev/log").back(); }

  /// As recorded, and known to this machine's cache as a whole.
  void restore_and_warm_up() {
    fs::remove_all(store());
    for (const auto& [path, bytes] : whole_) {
      fs::create_directories((store() / path).parent_path());
      REQUIRE(create_file(store() / path, bytes, Durability::relaxed));
    }
    sandbox.cemli(0, "plan -e dev");
  }
  void forget_cache() const { fs::remove_all(sandbox.root() / "home/.cache"); }
  void forget_checkpoints() const { fs::remove_all(store() / "dev/checkpoints"); }

  /// Each ends with an error that says how to find what is wrong, runs nothing and writes nothing.
  void check_refused_by(const std::vector<std::string>& commands) {
    const auto record = Sandbox::contents(sandbox.store());
    const auto effects = Sandbox::contents(sandbox.effects());
    for (const std::string& command : commands) {
      INFO(command);
      const Ended ended = sandbox.cemli(1, command);
      CHECK_THAT(ended.err, Contains("error: ") && Contains("cemli audit verify"));
      CHECK(Sandbox::contents(sandbox.store()) == record);
      CHECK(Sandbox::contents(sandbox.effects()) == effects);
    }
  }

  /// The audit fails, names the object and changes nothing.
  void check_named(const fs::path& object) {
    const auto record = Sandbox::contents(sandbox.store());
    const Ended audit = sandbox.cemli(1, "audit verify -e dev");
    INFO(object.string());
    CHECK_THAT(audit.out, Contains(object.parent_path().filename().string() + "/" +
                                   object.filename().string()));
    CHECK(Sandbox::contents(sandbox.store()) == record);
  }

 private:
  std::map<std::string, std::string> whole_;
};

void flip_a_byte(const fs::path& path, std::string_view before = "") {
  std::string bytes = read_file(path).value();
  const std::size_t at = before.empty() ? bytes.size() / 2 : bytes.find(before);
  bytes.at(at) = static_cast<char>(bytes[at] ^ 0x01);
  REQUIRE(replace_file(path, bytes, Durability::relaxed));
}

void swap_files(const fs::path& one, const fs::path& other) {
  const std::string bytes = read_file(one).value();
  REQUIRE(replace_file(one, read_file(other).value(), Durability::relaxed));
  REQUIRE(replace_file(other, bytes, Durability::relaxed));
}

/// What was done to the record, and the object that an audit must name.
struct Alteration {
  std::string what;
  std::function<fs::path(AlteredEstate&)> make;
};

/// Alterations that change the newest entry, among others.
const std::vector<Alteration> kOfNewestEntry{
    {"a byte of the newest entry",
     [](AlteredEstate& estate) {
       flip_a_byte(estate.newest_entry(), "restored");
       return estate.newest_entry();
     }},
    {"the newest entry and another one are swapped",
     [](AlteredEstate& estate) {
       swap_files(estate.newest_entry(), estate.middle_entry());
       return estate.middle_entry();
     }},
    {"another environment's log", [](AlteredEstate& estate) {
       fs::remove_all(estate.store() / "dev/log");
       fs::copy(estate.store() / "test/log", estate.store() / "dev/log");
       return estate.objects("dev/log").front();
     }}};

const std::vector<Alteration> kOfMiddleEntries{
    {"a byte of a middle entry",
     [](AlteredEstate& estate) {
       flip_a_byte(estate.middle_entry());
       return estate.middle_entry();
     }},
    {"a middle entry is removed",
     [](AlteredEstate& estate) {
       const fs::path entry = estate.middle_entry();
       fs::remove(entry);
       return entry;
     }},
    {"two entries are swapped", [](AlteredEstate& estate) {
       swap_files(estate.middle_entry(), estate.objects("dev/log").at(2));
       return estate.middle_entry();
     }}};

const Alteration kOfCheckpoint{"a byte of the checkpoint", [](AlteredEstate& estate) {
                                 const fs::path path = estate.objects("dev/checkpoints").front();
                                 flip_a_byte(path, "1.0.0");
                                 return path;
                               }};

std::vector<Alteration> of_log() {
  std::vector<Alteration> all = kOfMiddleEntries;
  all.insert(all.end(), kOfNewestEntry.begin(), kOfNewestEntry.end());
  return all;
}

TEST_CASE("what is altered is named by an audit, with a local cache and without one") {
  AlteredEstate estate;
  std::vector<Alteration> all = of_log();
  all.push_back(kOfCheckpoint);
  for (const Alteration& alteration : all) {
    INFO(alteration.what);
    estate.restore_and_warm_up();
    const fs::path object = alteration.make(estate);
    estate.check_named(object);
    estate.forget_cache();
    estate.check_named(object);
  }
}

TEST_CASE("without a local cache and checkpoints no command acts on an altered log") {
  AlteredEstate estate;
  for (const Alteration& alteration : of_log()) {
    INFO(alteration.what);
    estate.restore_and_warm_up();
    estate.forget_checkpoints();
    static_cast<void>(alteration.make(estate));
    estate.forget_cache();
    estate.check_refused_by(kCommands);
  }
}

TEST_CASE("without a local cache no command acts on an altered checkpoint or a log behind it") {
  AlteredEstate estate;
  std::vector<Alteration> all = kOfNewestEntry;
  all.push_back(kOfCheckpoint);
  for (const Alteration& alteration : all) {
    INFO(alteration.what);
    estate.restore_and_warm_up();
    static_cast<void>(alteration.make(estate));
    estate.forget_cache();
    estate.check_refused_by(kCommands);
  }
}

TEST_CASE("with a local cache nothing is appended behind an altered newest entry") {
  AlteredEstate estate;
  for (const Alteration& alteration : kOfNewestEntry) {
    for (const std::string& writer : kWriters) {
      INFO(alteration.what);
      estate.restore_and_warm_up();
      static_cast<void>(alteration.make(estate));
      estate.check_refused_by({writer});
    }
  }
}

TEST_CASE("commands go by what the cache or a checkpoint holds; what lies before is the audit's") {
  AlteredEstate estate;
  for (const Alteration& alteration : kOfMiddleEntries) {
    for (const bool has_cache : {true, false}) {
      INFO(alteration.what);
      estate.restore_and_warm_up();
      const fs::path object = alteration.make(estate);
      if (!has_cache) estate.forget_cache();
      CHECK_THAT(estate.sandbox.cemli(0, "plan -e dev").out, Contains("two"));
      estate.sandbox.cemli(0, "state taint two --why again -e dev");
      estate.check_named(object);
    }
  }
}

TEST_CASE("an altered checkpoint is not read where the cache knows more, and is the audit's") {
  AlteredEstate estate;
  estate.restore_and_warm_up();
  const fs::path object = kOfCheckpoint.make(estate);
  estate.sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(estate.sandbox.effect("two").size() == 3);
  estate.check_named(object);
}

TEST_CASE("altered evidence is the audit's to find: no command decides by it, and none stops") {
  AlteredEstate estate;
  const fs::path results = estate.sandbox.store() / "results";
  std::vector<fs::path> altered;
  for (const auto& [path, bytes] : Sandbox::contents(results / "dev")) {
    flip_a_byte(results / "dev" / path);
    altered.push_back(results / "dev" / path);
  }
  REQUIRE(altered.size() >= 4);
  estate.sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(estate.sandbox.effect("one").size() == 3);
  CHECK(estate.sandbox.effect("two").size() == 3);
  for (const fs::path& object : altered) estate.check_named(object);
}

}  // namespace
}  // namespace cemli::test
