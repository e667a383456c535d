#include "state/base/process.h"

#include <dirent.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include "state/base/ascii.h"
#include "state/base/file.h"

namespace cemli {
namespace {

struct Stat {
  char state;
  pid_t parent;
  std::uint64_t start_time;
};

template <typename Number>
Number number_of(std::string_view text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The part of `/proc/PID/stat` after the command's name, which may hold spaces and brackets.
std::optional<Stat> read_stat(pid_t pid) {
  const auto text = read_file(fmt::format("/proc/{}/stat", pid));
  if (!text) return std::nullopt;
  const std::size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(*text).substr(name_end + 1);
  Stat stat{};
  // Field numbers as in proc(5); the first one here is field 3.
  for (int field = 3; field <= 22; ++field) {
    const std::size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (field == 3) stat.state = word.front();
    if (field == 4) stat.parent = number_of<pid_t>(word);
    if (field == 22) stat.start_time = number_of<std::uint64_t>(word);
    rest.remove_prefix(word.size());
  }
  return stat;
}

std::vector<pid_t> numeric_entries(const std::string& folder) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), &::closedir);
  if (!directory) return numbers;
  while (const dirent* entry = ::readdir(directory.get())) {
    const pid_t number = number_of<pid_t>(entry->d_name);
    if (number > 0) numbers.push_back(number);
  }
  return numbers;
}

void append_numbers(std::string_view text, std::vector<pid_t>& numbers) {
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (const pid_t pid = number_of<pid_t>(word); pid > 0) numbers.push_back(pid);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

ProcessId current_process() {
  const auto stat = read_stat(::getpid());
  return {::getpid(), stat ? stat->start_time : 0};
}

std::optional<ProcessId> find_process(pid_t pid) {
  const auto stat = read_stat(pid);
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  return ProcessId{pid, stat->start_time};
}

bool is_running(const ProcessId& process) {
  if (const auto found = find_process(process.pid)) return *found == process;
  // With `hidepid` the processes of other users have no folder in /proc.
  const bool is_hidden = ::access(fmt::format("/proc/{}", process.pid).c_str(), F_OK) != 0 &&
                         ::kill(process.pid, 0) != 0 && errno == EPERM;
  return is_hidden;
}

std::string boot_id() {
  auto id = read_file("/proc/sys/kernel/random/boot_id");
  return id ? std::string(trimmed(*id)) : std::string();
}

std::string pid_namespace() {
  std::array<char, 64> target{};
  const ssize_t size = ::readlink("/proc/self/ns/pid", target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  bool listed = false;
  for (const pid_t thread : numeric_entries(fmt::format("/proc/{}/task", pid))) {
    const auto text = read_file(fmt::format("/proc/{}/task/{}/children", pid, thread));
    if (!text) continue;
    listed = true;
    append_numbers(*text, children);
  }
  if (listed) return children;
  // Kernels without CONFIG_PROC_CHILDREN: ask every process for its parent.
  for (const pid_t candidate : numeric_entries("/proc")) {
    const auto stat = read_stat(candidate);
    if (stat && stat->parent == pid) children.push_back(candidate);
  }
  return children;
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> living;
  for (const pid_t pid : numeric_entries("/proc")) {
    if (find_process(pid)) living.push_back(pid);
  }
  return living;
}

std::optional<std::string> environment_value(pid_t pid, std::string_view name) {
  const auto environment = read_file(fmt::format("/proc/{}/environ", pid));
  if (!environment) return std::nullopt;
  std::string_view rest = *environment;
  while (!rest.empty()) {
    const std::string_view variable = take_until(rest, '\0');
    if (variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=')
      return std::string(variable.substr(name.size() + 1));
  }
  return std::nullopt;
}

}  // namespace cemli
