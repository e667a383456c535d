#include "reconciler/execute/warden.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <set>
#include <thread>
#include <utility>

#include "reconciler/execute/warden_protocol.h"

namespace cemli {
namespace {

/// Strings as `SIZE LF BYTES`, a count before each list.
void put(std::string& out, const std::string& text) {
  out += std::to_string(text.size());
  out += '\n';
  out += text;
}

void put(std::string& out, const std::vector<std::string>& list) {
  out += std::to_string(list.size());
  out += '\n';
  for (const std::string& text : list) put(out, text);
}

Result<UniqueFd> memory_file(const std::string& bytes) {
  UniqueFd fd(::memfd_create("cemli-step", MFD_CLOEXEC));
  if (!fd.is_open()) return system_error(errno, "making a memory file for a step");
  if (auto written = write_all(fd.get(), bytes); !written) return std::move(written).error();
  return fd;
}

std::ptrdiff_t count_threads() {
  std::error_code error;
  return std::distance(std::filesystem::directory_iterator("/proc/self/task", error), {});
}

/// A thread that was joined may still be there for a moment: the kernel wakes who waits before it
/// takes it off the list.
bool has_one_thread() {
  constexpr int kLooks = 100;
  for (int i = 0; i < kLooks; ++i) {
    if (count_threads() == 1) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

class ForkedWarden final : public Warden {
 public:
  ForkedWarden(UniqueFd socket, ProcessId process)
      : socket_(std::move(socket)), process_(process) {}

  ~ForkedWarden() override {
    socket_.reset();
    ::waitpid(process_.pid, nullptr, 0);
    end_what_was_inherited();
  }

  ProcessId process() const override { return process_; }

  Result<void> start(StepProcess step) override {
    std::string strings;
    put(strings, step.argv);
    put(strings, step.environment);
    put(strings, step.working_directory);
    put(strings, step.mark);
    auto memory = memory_file(strings);
    if (!memory) return std::move(memory).error();
    warden::Request request{warden::Request::Kind::start, StopHow::gently,    step.id,
                            step.timeout.count(),         step.grace.count(), {}};
    const std::array<int, 3> fds{memory->get(), step.out.get(), step.err.get()};
    if (is_lost()) return Error(ErrorCode::unavailable, "the run's warden was killed");
    running_.insert(step.id);
    // A warden that is gone is found out by `take_ended`, which ends all its steps.
    static_cast<void>(send(request, fds));
    return {};
  }

  void stop_all(StopHow how) override {
    static_cast<void>(send({warden::Request::Kind::stop_all, how}, {}));
  }

  void set_deadlines(const StepDeadlines& deadlines) override {
    warden::Request request{warden::Request::Kind::deadlines};
    request.deadlines = deadlines;
    static_cast<void>(send(request, {}));
  }

  int ended_fd() const override { return socket_.get(); }

  std::vector<StepEnd> take_ended() override {
    std::vector<StepEnd> ended;
    if (is_lost()) return ended;
    for (;;) {
      warden::Reply reply;
      const ssize_t n = ::recv(socket_.get(), &reply, sizeof reply, MSG_DONTWAIT);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return ended;
      if (n != static_cast<ssize_t>(sizeof reply)) break;
      running_.erase(reply.id);
      ended.push_back(end_of(reply));
    }
    // The closed end would be readable for ever.
    socket_.reset();
    end_what_was_inherited();
    for (const std::uint64_t id : std::exchange(running_, {}))
      ended.push_back(StepEnd{id, StepEnd::By::lost});
    return ended;
  }

  bool is_lost() const override { return !socket_.is_open(); }

 private:
  static StepEnd end_of(const warden::Reply& reply) {
    StepEnd end{reply.id, reply.by, std::nullopt, std::nullopt,
                static_cast<int>(reply.error_number)};
    const bool ran = reply.by != StepEnd::By::refused && reply.by != StepEnd::By::not_executable;
    if (ran && WIFEXITED(reply.wait_status)) end.exit_code = WEXITSTATUS(reply.wait_status);
    if (ran && WIFSIGNALED(reply.wait_status)) end.signal = WTERMSIG(reply.wait_status);
    return end;
  }

  bool send(const warden::Request& request, std::span<const int> fds) {
    iovec part{const_cast<warden::Request*>(&request), sizeof request};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(3 * sizeof(int))> control{};
    if (!fds.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = CMSG_SPACE(fds.size_bytes());
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(fds.size_bytes());
      std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
    }
    for (;;) {
      if (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) >= 0) return true;
      if (errno != EINTR) return false;
    }
  }

  /// A killed warden's steps die with it; what they had left becomes a child of this process.
  static void end_what_was_inherited() {
    for (int round = 0; round < 1000; ++round) {
      bool found = false;
      for (const pid_t pid : children_of(::getpid())) {
        found = true;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, WNOHANG);
      }
      if (!found) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  UniqueFd socket_;
  ProcessId process_;
  std::set<std::uint64_t> running_;
};

}  // namespace

Result<std::unique_ptr<Warden>> fork_warden() {
  if (!has_one_thread())
    return Error(ErrorCode::internal, "the warden must be forked before any thread is started");
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return system_error(errno, "making a socket to the warden");
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t pid = ::fork();
  if (pid < 0) return system_error(errno, "forking the warden");
  if (pid == 0) {
    ours.reset();
    warden::serve(theirs.get());
  }
  const auto process = find_process(pid);
  if (!process) return Error(ErrorCode::unavailable, "the warden ended at once");
  return std::unique_ptr<Warden>(std::make_unique<ForkedWarden>(std::move(ours), *process));
}

}  // namespace cemli
