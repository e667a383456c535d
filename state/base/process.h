#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cemli {

/// A process of this boot that cannot be confused with a later one of the same number.
struct ProcessId {
  pid_t pid = 0;
  /// Clock ticks after boot, field 22 of `/proc/PID/stat`.
  std::uint64_t start_time = 0;

  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

/// This process.
[[nodiscard]] ProcessId current_process();
/// The process with this number, if it exists and is not a zombie.
[[nodiscard]] std::optional<ProcessId> find_process(pid_t pid);
/// Whether this very process still runs (a zombie does not). One of that number that cannot be
/// looked at counts as it.
[[nodiscard]] bool is_running(const ProcessId& process);

/// Random id of this boot of the kernel.
[[nodiscard]] std::string boot_id();
/// Identity of the PID namespace this process sees, as the kernel prints it.
[[nodiscard]] std::string pid_namespace();
/// This machine's host name.
[[nodiscard]] std::string host_name();

/// Direct children, zombies included, of a process with one thread or of any thread of this one.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);
/// All living processes that this one can see.
[[nodiscard]] std::vector<pid_t> all_processes();
/// The value of `name` in the environment a process was started with; nothing where there is none
/// or the process may not be looked at.
[[nodiscard]] std::optional<std::string> environment_value(pid_t pid, std::string_view name);

}  // namespace cemli
