#include "tests/cli/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <utility>

#include "state/base/file.h"

namespace cemli::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kPollMilliseconds = 3;

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string with_suffix(const std::filesystem::path& path, const char* suffix) {
  return path.string() + suffix;
}

std::string text_of(const std::string& path) {
  const auto text = read_file(path);
  return text ? *text : std::string();
}

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within) {
  const auto deadline = Clock::now() + within;
  while (!condition()) {
    if (Clock::now() > deadline) return condition();
    ::poll(nullptr, 0, kPollMilliseconds);
  }
  return true;
}

Command::Command(const Invocation& invocation) : output_(invocation.output) {
  std::vector<std::string> arguments = invocation.argv;
  std::vector<std::string> variables;
  for (const auto& [name, value] : invocation.environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> environment = pointers(variables);
  const std::string in = with_suffix(output_, ".in");
  REQUIRE(replace_file(in, invocation.input, Durability::relaxed));
  const UniqueFd input(::open(in.c_str(), O_RDONLY | O_CLOEXEC));
  constexpr int kFresh = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC;
  const UniqueFd out(::open(with_suffix(output_, ".out").c_str(), kFresh, 0600));
  const UniqueFd err(::open(with_suffix(output_, ".err").c_str(), kFresh, 0600));
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const bool ready =
        ::dup2(input.get(), STDIN_FILENO) >= 0 && ::dup2(out.get(), STDOUT_FILENO) >= 0 &&
        ::dup2(err.get(), STDERR_FILENO) >= 0 && ::chdir(invocation.folder.c_str()) == 0;
    if (ready) ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
  }
}

Command::Command(Command&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      status_(other.status_),
      most_resident_bytes_(other.most_resident_bytes_) {}

Command::~Command() {
  if (pid_ < 0 || has_ended()) return;
  ::kill(pid_, SIGCONT);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Command::has_ended() {
  int status = 0;
  struct rusage usage {};
  if (!status_ && ::wait4(pid_, &status, WNOHANG, &usage) == pid_) {
    status_ = status;
    most_resident_bytes_ = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  }
  return status_.has_value();
}

void Command::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

std::string Command::out() const {
  return text_of(with_suffix(output_, ".out"));
}

std::string Command::err() const {
  return text_of(with_suffix(output_, ".err"));
}

Ended Command::wait(std::chrono::seconds within) {
  const bool in_time = eventually([this] { return has_ended(); }, within);
  INFO("standard output:\n" << out() << "standard error:\n" << err());
  REQUIRE(in_time);
  Ended ended{-1, 0, out(), err(), most_resident_bytes_};
  if (WIFEXITED(*status_)) ended.exit_code = WEXITSTATUS(*status_);
  if (WIFSIGNALED(*status_)) ended.signal = WTERMSIG(*status_);
  return ended;
}

}  // namespace cemli::test
