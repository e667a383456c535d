#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <thread>

#include "state/base/digest.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE(
    "a plan is saved into what is there: a pipe stays one, a link too, and no folder is made") {
  Sandbox box;
  box.publish_and_desire({{"one", "1.0.0"}});
  const fs::path pipe = box.root() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string read;
  std::thread reader([&] { read = read_file(pipe).value(); });
  box.cemli(0, "plan -e dev -o " + pipe.string());
  reader.join();
  CHECK(fs::is_fifo(pipe));
  CHECK(nlohmann::json::parse(read).at("environment") == "dev");

  const fs::path target = box.root() / "target";
  REQUIRE(create_file(target, "old", Durability::relaxed));
  fs::create_symlink(target, box.root() / "link");
  box.cemli(0, "plan -e dev -o " + (box.root() / "link").string());
  CHECK(fs::is_symlink(box.root() / "link"));
  CHECK(nlohmann::json::parse(read_file(target).value()).at("environment") == "dev");

  const fs::path nowhere = box.root() / "nowhere";
  CHECK_THAT(box.cemli(1, "plan -e dev -o " + (nowhere / "plan").string()).err,
             Contains("nowhere/plan"));
  CHECK_FALSE(fs::exists(nowhere));
}

TEST_CASE("what does not fit on standard output is an error, and never a success") {
  Sandbox box;
  box.publish_and_desire({{"one", "1.0.0"}});
  for (const std::string words : {"plan -e dev", "plan -e dev --format json", "version"}) {
    INFO(words);
    Invocation shell = box.invocation({});
    const std::string program = shell.argv.front();
    shell.argv = {"/bin/sh", "-c", program + " " + words + " > /dev/full"};
    const Ended ended = Command(shell).wait();
    CHECK(ended.exit_code == 1);
    CHECK_THAT(ended.err, Contains("standard output"));
  }
  // Who has seen enough closes the pipe, which is no error.
  Invocation shell = box.invocation({});
  shell.argv = {"/bin/sh", "-c", shell.argv.front() + " plan -e dev | true"};
  CHECK(Command(shell).wait().err.empty());
}

TEST_CASE("a word that is no command is named, with the nearest one") {
  Sandbox box;
  CHECK_THAT(box.cemli(1, "aply -e dev").err,
             Contains("'aply' is no command of cemli; did you mean 'apply'?"));
  CHECK_THAT(box.cemli(1, "-e dev state lst").err,
             Contains("'lst' is no command of cemli state; did you mean 'list'?"));
  CHECK_THAT(box.cemli(0, "--version").out, Contains("cemli "));
}

TEST_CASE("a package that is not published is named, with the nearest one that is") {
  for (const std::string version : {"1.2.0", "'^1.2'"}) {
    Sandbox box;
    box.publish({{"gl-base", "1.2.0"}});
    box.desire("gl-bas: " + version);
    CHECK_THAT(box.cemli(1, "validate -e dev").err,
               Contains("no version of 'gl-bas' is published; did you mean 'gl-base'?"));
  }
}

TEST_CASE("what is held after it failed keeps apply and reconcile from ending well") {
  Sandbox box;
  box.publish_and_desire({{"bad", "1.0.0", "exit 1"}, {"good", "1.0.0"}});
  box.cemli(3, "apply -e dev --auto-approve");
  box.cemli(0, "state hold bad --why later -e dev");
  CHECK_THAT(box.cemli(3, "apply -e dev --auto-approve").out, Contains("held"));
  CHECK_THAT(box.cemli(3, "reconcile -e dev --once").out, Contains("held"));
  box.cemli(0, "state release bad --why now -e dev");
  box.cemli(0, "state suspend --why night -e dev");
  box.cemli(3, "apply -e dev --auto-approve");
}

TEST_CASE("secrets that a killed run left go with the word that sets it aside") {
  Sandbox box;
  box.environment()["PW"] = "hunter2-hunter2";
  box.publish_and_desire({{.name = "one",
                           .run = "echo x >> $E/up; sleep 600",
                           .manifest = {{"secrets", {"PASSWORD"}}}}},
                         "secrets: {PASSWORD: 'env:PW'}\n");
  Command apply = box.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !box.effect("up").empty(); }));
  const std::string run = box.events("run.started").at(0).at("run");
  apply.signal(SIGKILL);
  static_cast<void>(apply.wait());
  const auto is_left = [&] {
    for (const char* root : {"/dev/shm", "/tmp"}) {
      for (const auto& entry : fs::directory_iterator(root)) {
        if (entry.path().filename().native().find(run) != std::string::npos) return true;
      }
    }
    return false;
  };
  CHECK(is_left());
  box.cemli(0, "state resolve one --failed --why looked -e dev");
  CHECK_FALSE(is_left());
}

TEST_CASE("a run that is active is shown without facts that nobody knows yet") {
  Sandbox box;
  box.publish_and_desire(
      {{"slow", "1.0.0", "echo x >> $E/up; until [ -e $E/go ]; do sleep 0.02; done"}});
  Command apply = box.start("apply -e dev --auto-approve");
  REQUIRE(eventually([&] { return !box.effect("up").empty(); }));
  const nlohmann::json shown = box.json_of("show latest -e dev --json");
  const std::string bytes =
      read_file(
          box.store() / "state/dev/log" /
          ("0000000000000000000" + std::to_string(shown.at("head").at("seq").get<int>()) + ".json"))
          .value();
  CHECK(shown.at("head").at("entry") == Digest::of(bytes).hex());
  CHECK_THAT(shown.at("plan").at("key").get<std::string>(), Contains("/plan.json"));
  CHECK_THAT(box.cemli(0, "show latest -e dev").out, Contains("Last heard of"));
  REQUIRE(create_file(box.effects() / "go", "", Durability::relaxed));
  CHECK(apply.wait().exit_code == 0);
}

}  // namespace cemli::test
