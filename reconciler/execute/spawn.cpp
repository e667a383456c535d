#include "reconciler/execute/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace cemli::warden {
namespace {

class StringReader {
 public:
  explicit StringReader(std::string_view rest) : rest_(rest) {}

  std::string text() {
    const std::size_t size = number();
    if (size > rest_.size()) broken_ = true;
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(text.size());
    return text;
  }
  std::vector<std::string> list() {
    std::vector<std::string> list;
    for (std::size_t count = number(); count > 0 && !broken_; --count) list.push_back(text());
    return list;
  }
  [[nodiscard]] bool whole() const { return !broken_ && rest_.empty(); }

 private:
  std::size_t number() {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc() || end == rest_.data() + rest_.size() || *end != '\n') {
      broken_ = true;
      return 0;
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()) + 1);
    return number;
  }

  std::string_view rest_;
  bool broken_ = false;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// What the child needs, prepared before it exists: it shares this process's memory until it
/// executes, so it may neither allocate nor change anything but `error_number`.
struct Launch {
  char* const* argv;
  char* const* shell_argv;
  char* const* environment;
  const char* working_directory;
  pid_t parent;
  int out;
  int err;
  volatile int error_number;
};

__attribute__((no_sanitize("address", "thread", "undefined"))) int launch(void* argument) {
  Launch& launch = *static_cast<Launch*>(argument);
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The warden may have died before the line above took effect.
  if (::getppid() != launch.parent) ::_exit(127);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(022);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool ready =
      null >= 0 && ::dup2(null, STDIN_FILENO) >= 0 && ::dup2(launch.out, STDOUT_FILENO) >= 0 &&
      ::dup2(launch.err, STDERR_FILENO) >= 0 && ::chdir(launch.working_directory) == 0;
  if (ready) {
    ::execve(launch.argv[0], launch.argv, launch.environment);
    if (errno == ENOEXEC) ::execve("/bin/sh", launch.shell_argv, launch.environment);
  }
  launch.error_number = errno;
  ::_exit(127);
}

}  // namespace

std::optional<Program> read_program(int memory_file) {
  struct stat status {};
  if (::fstat(memory_file, &status) != 0) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  if (::pread(memory_file, bytes.data(), bytes.size(), 0) != status.st_size) return std::nullopt;
  StringReader reader(bytes);
  Program program;
  program.argv = reader.list();
  program.environment = reader.list();
  program.working_directory = reader.text();
  program.mark = reader.text();
  if (!reader.whole() || program.argv.empty()) return std::nullopt;
  return program;
}

Spawned spawn(const Program& program, int out, int err) {
  const std::vector<char*> argv = pointers(program.argv);
  std::vector<std::string> shell = program.argv;
  shell.insert(shell.begin(), "/bin/sh");
  const std::vector<char*> shell_argv = pointers(shell);
  const std::vector<char*> environment = pointers(program.environment);
  Launch argument{argv.data(),
                  shell_argv.data(),
                  environment.data(),
                  program.working_directory.c_str(),
                  ::getpid(),
                  out,
                  err,
                  0};
  alignas(16) static std::array<char, 64UL * 1024> stack;
  // CLONE_VM and CLONE_VFORK as posix_spawn uses them: nothing is copied, however large the plan in
  // this process's memory is. posix_spawn itself cannot set a parent-death signal.
  const pid_t pid =
      ::clone(launch, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, &argument);
  if (pid < 0) return {-1, errno};
  if (argument.error_number != 0) {
    ::waitpid(pid, nullptr, 0);
    return {-1, argument.error_number};
  }
  return {pid, 0};
}

}  // namespace cemli::warden
