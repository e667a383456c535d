#include "tests/cli/terminal_session.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <vector>

namespace cemli::test {

TerminalSession::TerminalSession(const Invocation& invocation) {
  std::vector<std::string> arguments = invocation.argv;
  std::vector<std::string> variables;
  for (const auto& [name, value] : invocation.environment) variables.push_back(name + "=" + value);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  int terminal = -1;
  const winsize size{24, 100, 0, 0};
  pid_ = ::forkpty(&terminal, nullptr, nullptr, &size);
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::chdir(invocation.folder.c_str()) == 0) ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
  }
  terminal_ = UniqueFd(terminal);
  ::fcntl(terminal, F_SETFL, O_NONBLOCK);
}

TerminalSession::~TerminalSession() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void TerminalSession::read_some() {
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(terminal_.get(), buffer.data(), buffer.size())) > 0;)
    shown_.append(buffer.data(), static_cast<std::size_t>(n));
}

void TerminalSession::expect(const std::string& text) {
  const bool seen = eventually([&] {
    read_some();
    return shown_.find(text) != std::string::npos;
  });
  INFO("the terminal shows:\n" << shown_);
  REQUIRE(seen);
}

void TerminalSession::type(const std::string& keys) const {
  REQUIRE(write_all(terminal_.get(), keys));
}

Ended TerminalSession::wait() {
  int status = 0;
  const bool in_time = eventually([&] {
    read_some();
    return ::waitpid(pid_, &status, WNOHANG) == pid_;
  });
  INFO("the terminal shows:\n" << shown_);
  REQUIRE(in_time);
  pid_ = -1;
  read_some();
  Ended ended{-1, 0, shown_, ""};
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  return ended;
}

}  // namespace cemli::test
