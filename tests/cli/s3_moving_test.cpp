#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/support/object_store.h"

// An environment's record is brought from a folder to a bucket, and back to a folder.
namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// An environment whose state is moved; its packages and results stay where they are.
class Journey {
 public:
  Journey() {
    object_store().make_bucket("cemli-moving");
    for (const auto& [name, value] : object_store().key()) box.environment()[name] = value;
    box.publish({{"one", "1.0.0", "echo run >> $E/one"}});
    keep_state_in("file:.cemli/state");
    box.cemli(0, "apply -e dev --auto-approve --first-run");
  }

  [[nodiscard]] std::string bucket() const {
    return object_store().address("cemli-moving", prefix_ + "/state");
  }
  void keep_state_in(const std::string& address) {
    box.desire("one: 1.0.0",
               "stores: {packages: 'file:.cemli/packages', results: 'file:.cemli/results', "
               "state: '" +
                   address + "'}\n");
  }
  void close_for(const std::string& address, const std::string& file) {
    box.cemli(0, std::vector<std::string>{"state", "export", "-e", "dev", "-o", file, "--close",
                                          "--to", address, "--why", "moving house"});
  }
  /// Has the package run again, and recorded.
  void work_on() {
    box.cemli(0, "state taint one --why again -e dev");
    box.cemli(0, "apply -e dev --auto-approve");
  }

  Sandbox box;

 private:
  const std::string prefix_ = random_hex(8);
};

}  // namespace

TEST_CASE("a record goes from a folder to a bucket and back, and is the same") {
  Journey journey;
  Sandbox& box = journey.box;
  const auto first = [&] { return Sandbox::contents(box.store() / "state"); };
  journey.close_for(journey.bucket(), "there.tar");
  const auto old = first();
  journey.keep_state_in(journey.bucket());
  CHECK_THAT(box.cemli(0, "state import there.tar -e dev").out, Contains("The log goes on here"));
  CHECK_THAT(box.cemli(0, "state import there.tar -e dev").out, Contains("written: 0 objects"));
  journey.work_on();
  box.cemli(0, "audit verify -e dev");
  const fs::path last = box.root() / "last-state";
  journey.close_for("file:" + last.string(), "back.tar");
  CHECK_THAT(box.cemli(1, "apply -e dev --auto-approve").err,
             Contains("it goes on in 'file:" + last.string() + "'"));
  journey.keep_state_in("file:" + last.string());
  SECTION("by a file") {
    box.cemli(0, "state import back.tar -e dev");
  }
  SECTION("from the bucket itself") {
    box.cemli(0,
              std::vector<std::string>{"state", "import", "-e", "dev", "--from", journey.bucket()});
  }
  journey.work_on();
  CHECK(box.effect("one").size() == 3);
  box.cemli(0, "audit verify -e dev");
  const auto now = Sandbox::contents(last);
  for (const auto& [path, bytes] : old) {
    INFO(path);
    CHECK((now.contains(path) && now.at(path) == bytes));
  }
  CHECK(first() == old);
}

TEST_CASE("an import into a bucket that is killed in the middle is finished by the next") {
  Journey journey;
  Sandbox& box = journey.box;
  journey.work_on();
  journey.close_for(journey.bucket(), "there.tar");
  journey.keep_state_in(journey.bucket());
  Command import = box.start("state import there.tar -e dev");
  // The server does not answer any more: the import is in the middle of its requests.
  ::kill(object_store().disk(), SIGSTOP);
  import.signal(SIGKILL);
  static_cast<void>(import.wait());
  ::kill(object_store().disk(), SIGCONT);
  box.cemli(0, "state import there.tar -e dev");
  box.cemli(0, "audit verify -e dev");
  CHECK_THAT(box.cemli(0, "plan -e dev").out, Contains("No changes"));
}

}  // namespace cemli::test
