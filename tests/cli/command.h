#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cemli::test {

/// A program to start: its environment is exactly what is named here.
struct Invocation {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::filesystem::path folder;
  /// What it prints goes to the files OUTPUT.out and OUTPUT.err.
  std::filesystem::path output;
  /// What it reads from standard input; nothing where it is empty.
  std::string input = {};
};

/// How a program ended, and what it printed.
struct Ended {
  int exit_code = -1;  ///< -1 where a signal ended it
  int signal = 0;      ///< 0 where it exited
  std::string out;
  std::string err;
  /// The most memory that it, or a process that it waited for, had at once; what this process had
  /// when it started the program counts, too.
  std::uint64_t most_resident_bytes = 0;
};

/// A program that runs; killed with SIGKILL at the end of its life at the latest.
class Command {
 public:
  explicit Command(const Invocation& invocation);
  Command(Command&& other) noexcept;
  Command& operator=(Command&&) = delete;
  ~Command();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool has_ended();
  void signal(int number) const;
  /// What it has printed so far.
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;
  /// Waits for its end. The test fails where it takes longer than `within`.
  Ended wait(std::chrono::seconds within = std::chrono::seconds(60));

 private:
  pid_t pid_ = -1;
  std::filesystem::path output_;
  std::optional<int> status_;
  std::uint64_t most_resident_bytes_ = 0;
};

/// Looks every few milliseconds whether the condition holds. False when it did not hold in time.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::milliseconds within = std::chrono::milliseconds(20'000));

}  // namespace cemli::test
