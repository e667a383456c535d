#include "state/base/process.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/child_process.h"

namespace cemli {
namespace {

using test::ChildProcess;

bool holds(const std::vector<pid_t>& pids, pid_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

}  // namespace

TEST_CASE("this process is running, and has a start time") {
  const ProcessId self = current_process();
  CHECK(self.pid == ::getpid());
  CHECK(self.start_time > 0);
  CHECK(is_running(self));
  CHECK(find_process(::getpid()) == self);
}

TEST_CASE("a process of the same number that started at another time is another process") {
  ProcessId other = current_process();
  other.start_time += 1;
  CHECK_FALSE(is_running(other));
}

TEST_CASE("a process runs until it ends, and a zombie does not run") {
  ChildProcess child;
  CHECK(is_running(child.id()));
  child.kill_unreaped();
  CHECK_FALSE(is_running(child.id()));
  CHECK_FALSE(find_process(child.id().pid));
  CHECK(holds(children_of(::getpid()), child.id().pid));
  CHECK_FALSE(holds(all_processes(), child.id().pid));
  child.end();
  CHECK_FALSE(is_running(child.id()));
  CHECK_FALSE(holds(children_of(::getpid()), child.id().pid));
}

TEST_CASE("children of any thread are found") {
  const ChildProcess of_this_thread;
  std::thread([] {
    const ChildProcess child;
    CHECK(holds(children_of(::getpid()), child.id().pid));
  }).join();
  CHECK(holds(children_of(::getpid()), of_this_thread.id().pid));
  CHECK(children_of(of_this_thread.id().pid).empty());
}

TEST_CASE("all processes include this one and its child") {
  const ChildProcess child;
  const std::vector<pid_t> all = all_processes();
  CHECK(holds(all, ::getpid()));
  CHECK(holds(all, child.id().pid));
}

TEST_CASE("a process that calls itself oddly is read all the same") {
  const ProcessId before = current_process();
  std::array<char, 16> name{};
  REQUIRE(::prctl(PR_GET_NAME, name.data()) == 0);
  REQUIRE(::prctl(PR_SET_NAME, "a) Z 1 (b c") == 0);
  const auto found = find_process(::getpid());
  REQUIRE(::prctl(PR_SET_NAME, name.data()) == 0);
  CHECK(found == before);
}

TEST_CASE("a variable is read from the environment a process was started with") {
  const ChildProcess child(
      {"CEMLI_RUN_ID=run-1", "CEMLI_RUN_ID_OLD=x", "EMPTY=", "EQUALS=a=b", "NO_VALUE"});
  const pid_t pid = child.id().pid;
  CHECK(environment_value(pid, "CEMLI_RUN_ID") == "run-1");
  CHECK(environment_value(pid, "CEMLI_RUN_ID_OLD") == "x");
  CHECK(environment_value(pid, "EMPTY") == "");
  CHECK(environment_value(pid, "EQUALS") == "a=b");
  CHECK_FALSE(environment_value(pid, "NO_VALUE"));
  CHECK_FALSE(environment_value(pid, "CEMLI_RUN"));
  CHECK_FALSE(environment_value(pid, "RUN_ID"));
  const ChildProcess bare;
  CHECK_FALSE(environment_value(bare.id().pid, "PATH"));
}

TEST_CASE("a process that is gone has no environment") {
  ChildProcess child({"CEMLI_RUN_ID=run-1"});
  child.end();
  CHECK_FALSE(environment_value(child.id().pid, "CEMLI_RUN_ID"));
}

TEST_CASE("boot, namespace and host have names") {
  CHECK(boot_id().size() == 36);
  CHECK(boot_id() == boot_id());
  CHECK(pid_namespace().starts_with("pid:["));
  CHECK(pid_namespace().ends_with("]"));
  CHECK_FALSE(host_name().empty());
}

}  // namespace cemli
