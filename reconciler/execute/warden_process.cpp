#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <set>

#include "reconciler/execute/spawn.h"
#include "reconciler/execute/warden_protocol.h"
#include "state/base/crash_point.h"
#include "state/base/process.h"

namespace cemli::warden {
namespace {

using std::chrono::milliseconds;

/// How often living processes are looked for while some are being ended.
constexpr milliseconds kEndingPoll{2};
/// A deadline of the lease is seen at the latest this much later, whatever woke us.
constexpr milliseconds kIdlePoll{500};

struct Step {
  pid_t main = 0;
  std::string mark;
  BootTime timeout_at{};
  milliseconds grace{};
  StepEnd::By by = StepEnd::By::itself;
  /// Set once its processes are being ended.
  std::optional<BootTime> kill_at = std::nullopt;
  /// As `waitpid` gave it, once the main process ended.
  std::optional<int> wait_status = std::nullopt;
};

/// A process whose parent died before it. It belongs to the step its environment names; one that
/// names none is ended when every step that ran as it was first seen has ended.
struct Orphan {
  std::optional<std::uint64_t> owner = std::nullopt;
  std::set<std::uint64_t> suspects;
};

class Server {
 public:
  explicit Server(int socket) : socket_(socket), children_(make_children_fd()) {}

  [[noreturn]] void serve() {
    for (;;) {
      wait_for_news();
      reap();
      look_for_orphans();
      apply_deadlines();
      end_steps();
      send_replies();
      if (!serve_requests()) end_everything();
    }
  }

 private:
  static UniqueFd make_children_fd() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    ::sigprocmask(SIG_SETMASK, &set, nullptr);
    return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void wait_for_news() {
    const auto socket_events = static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
    std::array<pollfd, 2> fds{{{socket_, socket_events, 0}, {children_.get(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), static_cast<int>(pause().count()));
    std::array<signalfd_siginfo, 16> ignored{};
    while (::read(children_.get(), ignored.data(), sizeof ignored) > 0) continue;
  }

  [[nodiscard]] milliseconds pause() const {
    milliseconds pause = kIdlePoll;
    const BootTime now = boot_now();
    for (const auto& [id, step] : steps_) {
      if (is_ending(step)) return kEndingPoll;
      const auto left = std::chrono::ceil<milliseconds>(step.timeout_at - now);
      pause = std::clamp(left, milliseconds(0), pause);
    }
    const bool an_orphan_ends =
        std::any_of(orphans_.begin(), orphans_.end(),
                    [this](const auto& item) { return is_unowned(item.second); });
    return an_orphan_ends ? kEndingPoll : pause;
  }

  static bool is_ending(const Step& step) { return step.kill_at || step.wait_status; }

  [[nodiscard]] bool is_any_ending() const {
    return std::any_of(steps_.begin(), steps_.end(),
                       [](const auto& item) { return is_ending(item.second); });
  }

  void reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      for (auto& [id, step] : steps_) {
        if (step.main == pid && !step.wait_status) step.wait_status = status;
      }
      orphans_.erase(pid);
      // Whichever it was, it may have left children.
      reaped_ = true;
    }
  }

  /// Children that are no step's main process were left to this subreaper by one that died.
  void look_for_orphans() {
    if (!std::exchange(reaped_, false) && !is_any_ending()) return;
    std::set<std::uint64_t> running;
    std::set<pid_t> mains;
    for (const auto& [id, step] : steps_) {
      running.insert(id);
      if (!step.wait_status) mains.insert(step.main);
    }
    for (const pid_t pid : children_of(::getpid())) {
      if (mains.contains(pid) || orphans_.contains(pid) || !find_process(pid)) continue;
      Orphan& orphan = orphans_.emplace(pid, Orphan{std::nullopt, running}).first->second;
      if (const auto owner = owner_of(pid)) give(pid, orphan, *owner);
    }
    for (auto& [pid, orphan] : orphans_) {
      if (orphan.owner) continue;
      std::erase_if(orphan.suspects, [this](std::uint64_t id) { return !steps_.contains(id); });
      // With one suspect left there is no doubt whose it is.
      if (orphan.suspects.size() == 1) give(pid, orphan, *orphan.suspects.begin());
    }
  }

  /// What comes late to a step that is being ended is asked to end as the others were.
  void give(pid_t pid, Orphan& orphan, std::uint64_t owner) {
    orphan.owner = owner;
    if (steps_.at(owner).kill_at) kill_tree(pid, SIGTERM);
  }

  [[nodiscard]] std::optional<std::uint64_t> owner_of(pid_t pid) const {
    const auto package = environment_value(pid, "CEMLI_PACKAGE");
    const auto instance = environment_value(pid, "CEMLI_INSTANCE");
    const auto attempt = environment_value(pid, "CEMLI_ATTEMPT");
    if (!package || !attempt) return std::nullopt;
    const std::string mark = *package + "\n" + instance.value_or("") + "\n" + *attempt;
    for (const auto& [id, step] : steps_) {
      if (step.mark == mark) return id;
    }
    return std::nullopt;
  }

  void apply_deadlines() {
    const BootTime now = boot_now();
    const bool lease_ends = deadlines_ && now >= deadlines_->terminate;
    for (auto& [id, step] : steps_) {
      if (lease_ends && !step.kill_at) terminate(id, step, StepEnd::By::lease);
      if (lease_ends) step.kill_at = std::min(*step.kill_at, deadlines_->kill);
      if (now >= step.timeout_at && !step.kill_at) terminate(id, step, StepEnd::By::timeout);
      // The program is done; what it left running is ended like the step itself.
      if (step.wait_status && !step.kill_at && has_processes(id)) terminate(id, step, step.by);
      if (step.kill_at && now >= *step.kill_at) signal(id, step, SIGKILL);
    }
    end_unowned();
  }

  void terminate(std::uint64_t id, Step& step, StepEnd::By by) {
    if (!step.wait_status) step.by = by;
    step.kill_at = boot_now() + step.grace;
    signal(id, step, SIGTERM);
  }

  void end_unowned() {
    for (const auto& [pid, orphan] : orphans_) {
      if (is_unowned(orphan)) kill_tree(pid, SIGKILL);
    }
  }

  [[nodiscard]] bool is_unowned(const Orphan& orphan) const {
    if (orphan.owner) return !steps_.contains(*orphan.owner);
    return std::none_of(orphan.suspects.begin(), orphan.suspects.end(),
                        [this](std::uint64_t id) { return steps_.contains(id); });
  }

  [[nodiscard]] bool has_processes(std::uint64_t id) const {
    return std::any_of(orphans_.begin(), orphans_.end(),
                       [id](const auto& item) { return item.second.owner == id; });
  }

  void signal(std::uint64_t id, const Step& step, int number) {
    if (!step.wait_status) kill_tree(step.main, number);
    for (const auto& [pid, orphan] : orphans_) {
      if (orphan.owner == id) kill_tree(pid, number);
    }
  }

  /// Children before parents would let a parent start new ones; a parent first leaves its children
  /// to this subreaper, which finds them again.
  static void kill_tree(pid_t pid, int number) {
    const std::vector<pid_t> children = children_of(pid);
    ::kill(pid, number);
    for (const pid_t child : children) kill_tree(child, number);
  }

  void end_steps() {
    for (auto it = steps_.begin(); it != steps_.end();) {
      const auto& [id, step] = *it;
      if (step.wait_status && !has_processes(id)) {
        reply({id, step.by, *step.wait_status, 0});
        it = steps_.erase(it);
      } else {
        ++it;
      }
    }
  }

  void reply(const Reply& reply) {
    unsent_.push_back(reply);
    send_replies();
  }

  /// A cemli that does not read (it is stopped, or busy starting steps) must not hold up deadlines.
  void send_replies() {
    while (!unsent_.empty()) {
      const Reply& reply = unsent_.front();
      const ssize_t n = ::send(socket_, &reply, sizeof reply, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      unsent_.pop_front();
    }
  }

  /// False when the other end is gone.
  bool serve_requests() {
    for (;;) {
      Request request;
      std::array<UniqueFd, 3> fds;
      const ssize_t n = receive(request, fds);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
      if (n != static_cast<ssize_t>(sizeof request)) return false;
      switch (request.kind) {
        case Request::Kind::start:
          start(request, fds);
          break;
        case Request::Kind::stop_all:
          stop_all(request.how);
          break;
        case Request::Kind::deadlines:
          deadlines_ = request.deadlines;
          break;
      }
    }
  }

  ssize_t receive(Request& request, std::array<UniqueFd, 3>& fds) const {
    iovec part{&request, sizeof request};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(3 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = ::recvmsg(socket_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const cmsghdr* header = n > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
      std::array<int, 3> numbers{-1, -1, -1};
      const std::size_t size = std::min(header->cmsg_len - CMSG_LEN(0), sizeof numbers);
      std::memcpy(numbers.data(), CMSG_DATA(header), size);
      for (std::size_t i = 0; i < fds.size(); ++i) fds[i] = UniqueFd(numbers[i]);
    }
    return n;
  }

  void start(const Request& request, const std::array<UniqueFd, 3>& fds) {
    const BootTime now = boot_now();
    if (deadlines_ && now >= deadlines_->last_start)
      return reply({request.id, StepEnd::By::refused, 0, 0});
    const auto program = read_program(fds[0].get());
    if (!program) return reply({request.id, StepEnd::By::not_executable, 0, EBADMSG});
    crash_point();
    const auto pid = spawn(*program, fds[1].get(), fds[2].get());
    crash_point();
    if (!pid) return reply({request.id, StepEnd::By::not_executable, 0, pid.error_number});
    steps_.emplace(request.id,
                   Step{pid.pid, program->mark, now + BootTime(milliseconds(request.timeout_ms)),
                        milliseconds(request.grace_ms)});
  }

  void stop_all(StopHow how) {
    for (auto& [id, step] : steps_) {
      if (!step.kill_at) terminate(id, step, StepEnd::By::stop);
      if (how == StopHow::at_once) step.kill_at = boot_now();
    }
  }

  /// cemli is gone: nobody is left to record what these processes do.
  [[noreturn]] static void end_everything() {
    for (;;) {
      for (const pid_t pid : children_of(::getpid())) kill_tree(pid, SIGKILL);
      while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
      if (::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) ::_exit(0);
      ::poll(nullptr, 0, static_cast<int>(kEndingPoll.count()));
    }
  }

  int socket_;
  UniqueFd children_;
  std::optional<StepDeadlines> deadlines_;
  std::map<std::uint64_t, Step> steps_;
  std::map<pid_t, Orphan> orphans_;
  std::deque<Reply> unsent_;
  bool reaped_ = false;
};

/// What was open in cemli (its output, its repository) is none of the warden's business.
void close_all_but(int socket) {
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  for (int fd = STDERR_FILENO + 1, last = static_cast<int>(::sysconf(_SC_OPEN_MAX)); fd < last;
       ++fd) {
    if (fd == socket) continue;
    // close_range(2) would also do for what lies above the socket.
    if (fd > socket) {
      ::close_range(static_cast<unsigned>(fd), ~0U, 0);
      return;
    }
    ::close(fd);
  }
}

}  // namespace

void serve(int socket) {
  ::setsid();
  // Whoever started cemli may have had some ignored or blocked, which steps would inherit; with
  // SIGCHLD ignored nobody would learn how a step ended.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "cemli-warden");
  close_all_but(socket);
  Server(socket).serve();
}

}  // namespace cemli::warden
