#include "tests/support/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

namespace cemli::test {

ChildProcess::ChildProcess(std::vector<std::string> environment) {
  std::array<int, 2> started{};
  REQUIRE(::pipe2(started.data(), O_CLOEXEC) == 0);
  std::vector<char*> variables;
  for (std::string& variable : environment) variables.push_back(variable.data());
  variables.push_back(nullptr);
  std::array<char, 6> program{'s', 'l', 'e', 'e', 'p', '\0'};
  std::array<char, 4> seconds{'1', '2', '0', '\0'};
  const std::array<char*, 3> arguments{program.data(), seconds.data(), nullptr};
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execve("/bin/sleep", arguments.data(), variables.data());
    ::_exit(127);
  }
  ::close(started[1]);
  // The child's end of the pipe closes with its exec, and with it the old environment is gone.
  char nothing = 0;
  while (::read(started[0], &nothing, 1) > 0) {
  }
  ::close(started[0]);
  const auto found = find_process(pid);
  REQUIRE(found);
  id_ = *found;
}

ChildProcess::~ChildProcess() {
  end();
}

void ChildProcess::kill_unreaped() const {
  ::kill(id_.pid, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(id_.pid), &info, WEXITED | WNOWAIT);
}

void ChildProcess::end() {
  if (reaped_) return;
  ::kill(id_.pid, SIGKILL);
  static_cast<void>(wait_for_signal());
}

int ChildProcess::wait_for_signal() {
  int status = 0;
  ::waitpid(id_.pid, &status, 0);
  reaped_ = true;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace cemli::test
