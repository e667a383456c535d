#include "state/base/program.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "state/base/file.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

ProgramCall shell(const std::string& script) {
  return ProgramCall{{"sh", "-c", script}};
}

TEST_CASE("a program's output and exit code come back") {
  const auto end = run_program(shell("echo out; echo err >&2; exit 7"));
  REQUIRE(end);
  CHECK(end->exit_code == 7);
  CHECK(end->out == "out\n");
  CHECK(end->err == "err\n");
}

TEST_CASE("a program reads what it is given, however much, and need not read it") {
  const std::string input(3'000'000, 'x');
  ProgramCall call = shell("wc -c");
  call.input = input;
  const auto end = run_program(call);
  REQUIRE(end);
  CHECK_THAT(end->out, Contains("3000000"));
  call.argv = {"true"};
  CHECK(run_program(call));
  CHECK(run_program(shell("cat"))->out.empty());
}

TEST_CASE("at most 1 MiB of a stream is kept") {
  const auto end = run_program(shell("head -c 5000000 /dev/zero"));
  REQUIRE(end);
  CHECK(end->out.size() == 1024UL * 1024);
}

TEST_CASE("variables are set, replaced and removed") {
  ::setenv("CEMLI_TEST_OLD", "old", 1);
  ProgramCall call = shell("echo $CEMLI_TEST_OLD-$CEMLI_TEST_NEW-$CEMLI_TEST_GONE");
  ::setenv("CEMLI_TEST_GONE", "here", 1);
  call.variables = {{"CEMLI_TEST_NEW", "new"}, {"CEMLI_TEST_GONE", std::nullopt}};
  CHECK(run_program(call)->out == "old-new-\n");
}

TEST_CASE("a program that is not there, or is killed, is unavailable", "[not-in-valgrind]") {
  const auto missing = run_program({{"cemli-no-such-program"}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::unavailable);
  CHECK(missing.error().message() == "starting 'cemli-no-such-program': No such file or directory");
  const auto killed = run_program(shell("kill -9 $$"));
  REQUIRE_FALSE(killed);
  CHECK(killed.error().message() == "'sh' was killed by signal 9");
}

TEST_CASE("a program that takes too long is ended") {
  ProgramCall call{{"sleep", "600"}};
  call.timeout = 50ms;
  const auto end = run_program(call);
  REQUIRE_FALSE(end);
  CHECK(end.error().message() == "'sleep' took longer than 50ms");
}

TEST_CASE("the wait for a program can be ended") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const UniqueFd read(ends[0]);
  const UniqueFd write(ends[1]);
  REQUIRE(::write(write.get(), "x", 1) == 1);
  ProgramCall call{{"sleep", "600"}};
  call.stop_fd = read.get();
  const auto end = run_program(call);
  REQUIRE_FALSE(end);
  CHECK(end.error().code() == ErrorCode::stopped);
}

TEST_CASE("a program gets signals as if nothing was blocked or ignored") {
  sigset_t stops;
  ::sigemptyset(&stops);
  ::sigaddset(&stops, SIGTERM);
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &stops, &before);
  const auto end = run_program(shell("kill -TERM $$; echo still here"));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  REQUIRE_FALSE(end);
  CHECK(end.error().message() == "'sh' was killed by signal 15");
}

}  // namespace
}  // namespace cemli
