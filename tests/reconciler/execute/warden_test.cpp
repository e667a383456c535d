#include "reconciler/execute/warden.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <latch>
#include <thread>

#include "tests/reconciler/execute/warden_steps.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::WardenSteps;
using By = StepEnd::By;

void require_end(const StepEnd& end, By by, std::optional<int> code, std::optional<int> signal) {
  CHECK(end.by == by);
  CHECK(end.exit_code == code);
  CHECK(end.signal == signal);
}

TEST_CASE("a step runs in its folder with its environment, and its exit code comes back") {
  WardenSteps steps;
  const std::uint64_t id =
      steps.start("pwd; echo \"$GREETING\" >&2; exit 7", {.environment = {"GREETING=hello world"}});
  require_end(steps.wait(id), By::itself, 7, std::nullopt);
  CHECK(steps.out(id) == std::filesystem::canonical(steps.path(".")).string() + "\n");
  CHECK(steps.err(id) == "hello world\n");
  require_end(steps.run("exit 0"), By::itself, 0, std::nullopt);
}

TEST_CASE("a step that dies of a signal of its own says which") {
  WardenSteps steps;
  require_end(steps.run("kill -SEGV $$"), By::itself, std::nullopt, SIGSEGV);
  require_end(steps.run("kill -KILL $$"), By::itself, std::nullopt, SIGKILL);
}

TEST_CASE("many steps run at once and each has its own end") {
  WardenSteps steps;
  std::map<std::uint64_t, int> codes;
  for (int i = 0; i < 30; ++i) codes[steps.start(fmt::format("echo {0}; exit {0}", i))] = i;
  for (const auto& [id, code] : codes) {
    require_end(steps.wait(id), By::itself, code, std::nullopt);
    CHECK(steps.out(id) == fmt::format("{}\n", code));
  }
}

TEST_CASE("ends that nobody takes do not keep the warden from its work") {
  WardenSteps steps;
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  constexpr std::uint64_t kMany = 1500;
  for (std::uint64_t id = 1; id <= kMany; ++id) {
    StepProcess step;
    step.id = id + 1000;
    step.argv = {"/bin/true"};
    step.working_directory = "/";
    step.timeout = 5min;
    step.grace = 5min;
    step.out = UniqueFd(::fcntl(null.get(), F_DUPFD_CLOEXEC, 3));
    step.err = UniqueFd(::fcntl(null.get(), F_DUPFD_CLOEXEC, 3));
    REQUIRE(steps.warden().start(std::move(step)));
  }
  std::size_t ended = 0;
  CHECK(test::becomes_true([&] {
    ended += steps.warden().take_ended().size();
    return ended == kMany;
  }));
}

TEST_CASE("a timeout asks a step to end, and kills it after its grace") {
  WardenSteps steps;
  SECTION("one that listens") {
    const std::uint64_t id = steps.start(
        "trap 'echo ending; exit 0' TERM; while :; do sleep 0.02; done", {.timeout = 300ms});
    require_end(steps.wait(id), By::timeout, 0, std::nullopt);
    CHECK(steps.out(id) == "ending\n");
  }
  SECTION("one that does not") {
    const StepEnd end =
        steps.run("trap '' TERM; while :; do sleep 0.02; done", {.timeout = 300ms, .grace = 100ms});
    require_end(end, By::timeout, std::nullopt, SIGKILL);
  }
  SECTION("one that ended before") {
    require_end(steps.run("exit 0", {.timeout = 20s}), By::itself, 0, std::nullopt);
  }
}

TEST_CASE("all steps can be stopped, gently or at once") {
  WardenSteps steps;
  const std::uint64_t listens =
      steps.start("trap 'exit 5' TERM; echo $$ > one; while :; do sleep 0.02; done");
  const std::uint64_t ignores =
      steps.start("trap '' TERM; echo $$ > two; while :; do sleep 0.02; done");
  const pid_t pid = steps.pid_in("two");
  static_cast<void>(steps.pid_in("one"));
  steps.warden().stop_all(StopHow::gently);
  require_end(steps.wait(listens), By::stop, 5, std::nullopt);
  CHECK(test::is_alive(pid));
  steps.warden().stop_all(StopHow::at_once);
  require_end(steps.wait(ignores), By::stop, std::nullopt, SIGKILL);
  // It goes on working.
  require_end(steps.run("exit 0"), By::itself, 0, std::nullopt);
}

TEST_CASE("a step sees an ordinary world: no terminal, no input, nothing that cemli had open",
          "[not-in-valgrind]") {
  const UniqueFd leaked(::open("/dev/null", O_RDONLY));
  const std::vector<int> ignored{SIGCHLD, SIGPIPE, SIGUSR1, SIGXFSZ, SIGQUIT};
  for (const int number : ignored) ::signal(number, SIG_IGN);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR2);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  {
    WardenSteps steps;
    // ls has the folder it lists open, too.
    const std::uint64_t id = steps.start(
        "ls /proc/self/fd; wc -c; umask; cut -d ' ' -f 7 /proc/$$/stat; "
        "(: < /dev/tty) 2> /dev/null || echo no terminal; "
        "grep -E '^Sig(Blk|Ign)' /proc/self/status; "
        "test \"$(cut -d ' ' -f 6 /proc/$$/stat)\" = $$ && echo own session");
    require_end(steps.wait(id), By::itself, 0, std::nullopt);
    CHECK(steps.out(id) ==
          "0\n1\n2\n3\n0\n0022\n0\nno terminal\nSigBlk:\t0000000000000000\n"
          "SigIgn:\t0000000000000000\nown session\n");
  }
  for (const int number : ignored) ::signal(number, SIG_DFL);
  ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
}

TEST_CASE("a step reads nothing from what cemli was given to read") {
  WardenSteps steps;
  const std::uint64_t id = steps.start("read answer || echo nobody answers");
  steps.wait(id);
  CHECK(steps.out(id) == "nobody answers\n");
}

TEST_CASE("a program that cannot be executed is named by its error", "[not-in-valgrind]") {
  WardenSteps steps;
  const auto error_of = [&](const std::string& program) {
    const StepEnd end = steps.run("", {.argv = {program}});
    CHECK(end.by == By::not_executable);
    CHECK_FALSE(end.exit_code);
    return end.error_number;
  };
  CHECK(error_of("/no/such/program") == ENOENT);
  REQUIRE(write_scratch_file(steps.path("plain"), "#!/bin/sh\n", 0644));
  CHECK(error_of(steps.path("plain")) == EACCES);
  REQUIRE(write_scratch_file(steps.path("strange"), "#!/no/such/interpreter\n", 0755));
  CHECK(error_of(steps.path("strange")) == ENOENT);
  CHECK(steps.run("", {.working_directory = "/no/such/folder"}).error_number == ENOENT);
  require_end(steps.run("exit 0"), By::itself, 0, std::nullopt);
}

TEST_CASE("a script without a first line that names an interpreter is run by the shell") {
  WardenSteps steps;
  REQUIRE(write_scratch_file(steps.path("script"), "echo \"$0\" \"$1\"\nexit 4\n", 0755));
  const std::uint64_t id = steps.start("", {.argv = {steps.path("script"), "two words"}});
  require_end(steps.wait(id), By::itself, 4, std::nullopt);
  CHECK(steps.out(id) == steps.path("script") + " two words\n");
}

TEST_CASE("a megabyte of environment arrives, and what the kernel refuses is said",
          "[not-in-valgrind]") {
  WardenSteps steps;
  std::vector<std::string> environment;
  for (int i = 0; i < 100; ++i)
    environment.push_back(fmt::format("CEMLI_PARAM_P{}={}", i, std::string(10'000, 'x')));
  const std::uint64_t id = steps.start("env | wc -c", {.environment = environment});
  require_end(steps.wait(id), By::itself, 0, std::nullopt);
  CHECK(std::stol(steps.out(id)) > 1'000'000);
  environment.push_back("TOO_LONG=" + std::string(1'000'000, 'x'));
  CHECK(steps.run("exit 0", {.environment = environment}).error_number == E2BIG);
}

TEST_CASE("much output of both streams arrives whole") {
  WardenSteps steps;
  const std::uint64_t id =
      steps.start("head -c 20000000 /dev/zero & head -c 10000000 /dev/zero >&2; wait");
  require_end(steps.wait(id), By::itself, 0, std::nullopt);
  CHECK(steps.out(id).size() == 20'000'000);
  CHECK(steps.err(id).size() == 10'000'000);
}

TEST_CASE("no warden is forked by a process with several threads") {
  std::latch go_on(1);
  std::thread other([&] { go_on.wait(); });
  const auto warden = fork_warden();
  go_on.count_down();
  other.join();
  REQUIRE_FALSE(warden);
  CHECK(warden.error().code() == ErrorCode::internal);
}

TEST_CASE("steps do not wear the warden out of descriptors or children", "[not-in-valgrind]") {
  WardenSteps steps;
  for (int i = 0; i < 300; ++i) REQUIRE(steps.run("exit 0").exit_code == 0);
  const std::string fds = fmt::format("/proc/{}/fd", steps.warden().process().pid);
  CHECK(std::distance(std::filesystem::directory_iterator(fds), {}) <= 6);
}

}  // namespace
}  // namespace cemli
