#include "state/holder.h"

#include <signal.h>
#include <unistd.h>

#include <thread>

#include "state/base/clock.h"
#include "state/base/process.h"

namespace cemli {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(10);

/// A process number means something only here. What cannot be read equals nothing.
bool is_of_this_boot(const Holder& holder) {
  return !holder.boot_id.empty() && holder.boot_id == boot_id() && !holder.pid_namespace.empty() &&
         holder.pid_namespace == pid_namespace();
}

/// Whether a process of the run was found (and sent SIGKILL).
bool kill_what_is_left(const RunId& run) {
  bool found = false;
  for (const pid_t pid : all_processes()) {
    if (pid == ::getpid() || environment_value(pid, "CEMLI_RUN_ID") != run) continue;
    found = true;
    ::kill(pid, SIGKILL);
  }
  return found;
}

}  // namespace

bool is_gone(const Holder& holder) {
  return is_of_this_boot(holder) && !is_running(holder.process) && !is_running(holder.warden);
}

bool is_proven_dead(const Holder& holder, const RunId& run, std::chrono::milliseconds patience) {
  if (!is_of_this_boot(holder) || is_running(holder.process)) return false;
  const BootTime deadline = boot_now() + patience;
  while (is_running(holder.warden)) {
    if (boot_now() > deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  const BootTime kill_deadline = boot_now() + patience;
  while (kill_what_is_left(run)) {
    if (boot_now() > kill_deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

}  // namespace cemli
