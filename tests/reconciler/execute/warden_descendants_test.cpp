#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "state/base/clock.h"
#include "state/base/process.h"
#include "tests/reconciler/execute/warden_steps.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::becomes_true;
using test::is_alive;
using test::WardenSteps;
using By = StepEnd::By;

/// Shell code that waits until a file has been written.
std::string await(const std::string& file) {
  return fmt::format("while [ ! -s {} ]; do sleep 0.01; done; ", file);
}

/// Shell code that leaves a process behind, by its name, which writes its number to `file`.
std::string leave(const std::string& how, const std::string& file) {
  const std::string sleeper = fmt::format("'echo $$ > {}; exec sleep 1000'", file);
  if (how == "child") return fmt::format("sh -c {} & ", sleeper);
  if (how == "setsid child") return fmt::format("setsid sh -c {} & ", sleeper);
  if (how == "daemon") return fmt::format("(setsid sh -c {} &) ; ", sleeper);
  if (how == "daemon without environment") return fmt::format("(env -i sh -c {} &) ; ", sleeper);
  if (how == "deaf daemon")
    return fmt::format(
        "(setsid sh -c 'trap \"\" TERM; echo $$ > {}; while :; do sleep 0.05; done' &) ; ", file);
  if (how == "deaf child of a daemon") {
    return fmt::format(
        "(setsid sh -c 'sh -c \"trap \\\"\\\" TERM; echo \\$\\$ > {}; while :; do sleep 0.05; "
        "done\" & wait' &) ; ",
        file);
  }
  FAIL(how);
  return {};
}

std::string some_way() {
  return GENERATE(as<std::string>(), "child", "setsid child", "daemon",
                  "daemon without environment", "deaf daemon", "deaf child of a daemon");
}

TEST_CASE("no process outlives its step") {
  WardenSteps steps;
  const std::string how = some_way();
  INFO(how);
  const std::uint64_t id =
      steps.start(leave(how, "left") + await("left") + "exit 3", {.grace = 100ms});
  const StepEnd end = steps.wait(id);
  CHECK_FALSE(is_alive(steps.pid_in("left")));
  CHECK(end.by == By::itself);
  CHECK(end.exit_code == 3);
}

TEST_CASE("what a step leaves behind ends with it while another step runs") {
  WardenSteps steps;
  const std::uint64_t other = steps.start("echo $$ > other; exec sleep 1000");
  static_cast<void>(steps.pid_in("other"));
  const std::string how = some_way();
  INFO(how);
  const std::uint64_t id =
      steps.start(leave(how, "left") + await("left") + "exit 0", {.grace = 100ms});
  CHECK(steps.wait(id).exit_code == 0);
  const pid_t left = steps.pid_in("left");
  if (how == "daemon without environment") {
    // It may be the other step's, and is ended with that one, before its end is told.
    CHECK(is_alive(left));
    steps.warden().stop_all(StopHow::at_once);
    CHECK(steps.wait(other).by == By::stop);
  } else {
    CHECK(test::is_alive(steps.pid_in("other")));
  }
  CHECK_FALSE(is_alive(left));
}

TEST_CASE("a timeout ends all processes of a step, also those that left it") {
  WardenSteps steps;
  const std::string how = some_way();
  INFO(how);
  const std::uint64_t id = steps.start(leave(how, "left") + await("left") + "sleep 1000",
                                       {.timeout = 700ms, .grace = 100ms});
  CHECK(steps.wait(id).by == By::timeout);
  CHECK_FALSE(is_alive(steps.pid_in("left")));
}

TEST_CASE("a step that keeps starting processes is ended all the same") {
  WardenSteps steps;
  const std::uint64_t id = steps.start(
      "trap '' TERM; echo $$ > main; while :; do (setsid sh -c 'sleep 1000' &); sleep 0.01; done",
      {.grace = 200ms});
  static_cast<void>(steps.pid_in("main"));
  steps.warden().stop_all(StopHow::gently);
  CHECK(steps.wait(id).by == By::stop);
  CHECK(children_of(steps.warden().process().pid).empty());
}

TEST_CASE("a step that leaves nothing is not kept waiting for its grace") {
  WardenSteps steps;
  const BootTime before = boot_now();
  steps.run(leave("child", "left") + await("left"), {.grace = 10min});
  CHECK(boot_now() - before < 10min);
}

TEST_CASE("when cemli ends its warden ends everything") {
  WardenSteps steps;
  const std::string how = some_way();
  INFO(how);
  steps.start(leave(how, "left") + "echo $$ > main; trap '' TERM; while :; do sleep 0.05; done");
  const pid_t left = steps.pid_in("left");
  const pid_t main = steps.pid_in("main");
  const ProcessId warden = steps.warden().process();
  steps.close();
  CHECK_FALSE(is_alive(left));
  CHECK_FALSE(is_alive(main));
  CHECK_FALSE(is_running(warden));
}

TEST_CASE("a warden that is killed takes all steps with it") {
  WardenSteps steps;
  const std::string how = some_way();
  INFO(how);
  const std::uint64_t id = steps.start(
      leave(how, "left") + "echo $$ > main; trap '' TERM; while :; do sleep 0.05; done");
  const pid_t left = steps.pid_in("left");
  const pid_t main = steps.pid_in("main");
  CHECK_FALSE(steps.warden().is_lost());
  ::kill(steps.warden().process().pid, SIGKILL);
  CHECK(steps.wait(id).by == By::lost);
  CHECK_FALSE(is_alive(left));
  CHECK_FALSE(is_alive(main));
  // There is nothing to wait for any more, and nothing is started in silence.
  CHECK(steps.warden().is_lost());
  CHECK(steps.warden().ended_fd() == -1);
  CHECK(steps.warden().take_ended().empty());
  StepProcess next;
  next.argv = {"/bin/true"};
  CHECK_FALSE(steps.warden().start(std::move(next)));
  steps.warden().stop_all(StopHow::at_once);
  steps.warden().set_deadlines({});
}

/// A process that stands for cemli, with one step that does not listen and left a daemon behind. A
/// program of its own, as a warden's parent has one thread.
class OtherCemli {
 public:
  /// When its lease makes its warden terminate and kill, from now on.
  OtherCemli(const std::string& terminate_in, const std::string& kill_in)
      : folder_(TemporaryFolder::make("/tmp", "cemli-test-").value()) {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setenv("CEMLI_TEST_FOLDER", folder_.path().c_str(), 1);
      ::setenv("CEMLI_TEST_TERMINATE_IN", terminate_in.c_str(), 1);
      ::setenv("CEMLI_TEST_KILL_IN", kill_in.c_str(), 1);
      ::execl("/proc/self/exe", "cemli", "lives as another cemli", nullptr);
      ::_exit(127);
    }
    main_ = number_in("main");
    left_ = number_in("left");
    warden_ = number_in("warden");
  }
  ~OtherCemli() {
    send(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void send(int number) const { ::kill(pid_, number); }
  [[nodiscard]] bool step_is_alive() const { return is_alive(main_) || is_alive(left_); }
  [[nodiscard]] bool warden_is_alive() const { return is_alive(warden_); }

 private:
  [[nodiscard]] pid_t number_in(const std::string& file) const {
    pid_t pid = 0;
    REQUIRE(becomes_true([&] {
      const auto text = read_file(folder_.path() / file);
      if (!text || !text->ends_with('\n')) return false;
      pid = static_cast<pid_t>(std::stol(*text));
      return true;
    }));
    return pid;
  }

  TemporaryFolder folder_;
  pid_t pid_ = 0;
  pid_t main_ = 0;
  pid_t left_ = 0;
  pid_t warden_ = 0;
};

TEST_CASE("lives as another cemli", "[.]") {
  WardenSteps steps;
  const std::string folder = std::getenv("CEMLI_TEST_FOLDER");
  const auto in = [](const char* name) {
    return boot_now() + parse_duration(std::getenv(name)).value();
  };
  steps.warden().set_deadlines(
      {boot_now() + 1h, in("CEMLI_TEST_TERMINATE_IN"), in("CEMLI_TEST_KILL_IN")});
  const std::string pid = fmt::format("{}\n", steps.warden().process().pid);
  REQUIRE(write_scratch_file(folder + "/warden", pid, 0644));
  steps.start("cd " + folder + "; " + leave("deaf daemon", "left") +
              "trap '' TERM; echo $$ > main; while :; do sleep 0.05; done");
  for (;;) ::pause();
}

TEST_CASE("a cemli that is killed leaves no process", "[not-in-valgrind]") {
  const OtherCemli cemli("1h", "1h");
  CHECK(cemli.step_is_alive());
  cemli.send(SIGKILL);
  CHECK(becomes_true([&] { return !cemli.step_is_alive() && !cemli.warden_is_alive(); }));
}

TEST_CASE("a cemli that is stopped past its lease has its steps ended by its warden",
          "[not-in-valgrind]") {
  const OtherCemli cemli("1s", "1500ms");
  cemli.send(SIGSTOP);
  CHECK(becomes_true([&] { return !cemli.step_is_alive(); }));
  CHECK(cemli.warden_is_alive());
}

TEST_CASE("a step that would start too late is refused") {
  WardenSteps steps;
  const BootTime now = boot_now();
  steps.warden().set_deadlines({now - 1ms, now + 1h, now + 1h});
  const std::uint64_t id = steps.start("echo ran");
  CHECK(steps.wait(id).by == By::refused);
  CHECK(steps.out(id).empty());
  steps.warden().set_deadlines({now + 1h, now + 1h, now + 1h});
  CHECK(steps.run("exit 0").exit_code == 0);
}

TEST_CASE("when the lease runs out steps are asked to end, then killed whatever their grace") {
  WardenSteps steps;
  const std::uint64_t listens =
      steps.start("trap 'exit 6' TERM; echo $$ > one; while :; do sleep 0.02; done");
  const std::uint64_t ignores =
      steps.start("trap '' TERM; echo $$ > two; while :; do sleep 0.02; done");
  const pid_t deaf = steps.pid_in("two");
  static_cast<void>(steps.pid_in("one"));
  const BootTime now = boot_now();
  steps.warden().set_deadlines({now + 1h, now, now + 1h});
  const StepEnd ended = steps.wait(listens);
  CHECK(ended.by == By::lease);
  CHECK(ended.exit_code == 6);
  CHECK(is_alive(deaf));
  steps.warden().set_deadlines({now + 1h, now, boot_now()});
  const StepEnd killed = steps.wait(ignores);
  CHECK(killed.by == By::lease);
  CHECK(killed.signal == SIGKILL);
}

}  // namespace
}  // namespace cemli
