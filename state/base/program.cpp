#include "state/base/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "state/base/clock.h"
#include "state/base/file.h"

namespace cemli {
namespace {

constexpr std::size_t kMostOutput = 1024UL * 1024;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno, "making a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A file in memory: whoever reads it never blocks, nor does who wrote it.
Result<UniqueFd> file_of(std::string_view bytes) {
  UniqueFd fd(::memfd_create("cemli-input", MFD_CLOEXEC));
  if (!fd.is_open()) return system_error(errno, "making a file in memory");
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd.get(), bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return system_error(errno, "writing a file in memory");
    bytes.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

std::vector<std::string> environment_of(const ProgramCall& call) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string_view name = text.substr(0, text.find('='));
    const bool is_replaced = std::any_of(call.variables.begin(), call.variables.end(),
                                         [&](const auto& entry) { return entry.first == name; });
    if (!is_replaced) environment.emplace_back(text);
  }
  for (const auto& [name, value] : call.variables) {
    if (value) environment.push_back(fmt::format("{}={}", name, *value));
  }
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// What `posix_spawn` is told: the three streams, and signals as a program expects them.
class SpawnSettings {
 public:
  SpawnSettings(int in, int out, int err) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Reads what is there; closes the descriptor at its end.
void drain(UniqueFd& fd, std::string& kept) {
  std::array<char, 16384> buffer{};
  const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
  if (n < 0 && errno == EINTR) return;
  if (n <= 0) return fd.reset();
  kept.append(buffer.data(), std::min(static_cast<std::size_t>(n), kMostOutput - kept.size()));
}

/// Reads both streams to their ends, or says why the program is to be ended before.
Result<void> read_outputs(UniqueFd& out, UniqueFd& err, const ProgramCall& call, ProgramEnd& end) {
  const BootTime start = boot_now();
  while (out.is_open() || err.is_open()) {
    std::array<pollfd, 3> fds{
        {{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}, {call.stop_fd, POLLIN, 0}}};
    int wait = -1;
    if (call.timeout) {
      const auto left = *call.timeout - (boot_now() - start);
      if (left <= left.zero())
        return Error(ErrorCode::unavailable, fmt::format("'{}' took longer than {}", call.argv[0],
                                                         format_duration(*call.timeout)));
      wait = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
    }
    if (::poll(fds.data(), fds.size(), wait) <= 0) continue;
    if (fds[2].revents != 0)
      return Error(ErrorCode::stopped, fmt::format("'{}' was stopped", call.argv[0]));
    if (fds[0].revents != 0) drain(out, end.out);
    if (fds[1].revents != 0) drain(err, end.err);
  }
  return {};
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<ProgramEnd> run_program(const ProgramCall& call) {
  const std::string starting = fmt::format("starting '{}'", call.argv.front());
  auto in = file_of(call.input);
  auto out = make_pipe();
  auto err = make_pipe();
  if (!in) return std::move(in).error().while_doing(starting);
  if (!out) return std::move(out).error().while_doing(starting);
  if (!err) return std::move(err).error().while_doing(starting);
  std::vector<std::string> arguments = call.argv;
  std::vector<std::string> variables = environment_of(call);
  pid_t pid = -1;
  const bool keeps_errors = call.error_output == ProgramCall::ErrorOutput::kept;
  const SpawnSettings settings(in->get(), out->write.get(),
                               keeps_errors ? err->write.get() : STDERR_FILENO);
  const int failed =
      ::posix_spawnp(&pid, arguments[0].c_str(), settings.actions(), settings.attributes(),
                     pointers_to(arguments).data(), pointers_to(variables).data());
  if (failed != 0)
    return Error(ErrorCode::unavailable,
                 fmt::format("{}: {}", starting, ::strerrordesc_np(failed)));
  out->write.reset();
  err->write.reset();
  ProgramEnd end;
  if (auto read = read_outputs(out->read, err->read, call, end); !read) {
    ::kill(pid, SIGKILL);
    wait_for(pid);
    return std::move(read).error();
  }
  const int status = wait_for(pid);
  if (WIFSIGNALED(status)) {
    return Error(ErrorCode::unavailable,
                 fmt::format("'{}' was killed by signal {}", call.argv.front(), WTERMSIG(status)));
  }
  end.exit_code = WEXITSTATUS(status);
  return end;
}

}  // namespace cemli
