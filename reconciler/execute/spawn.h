#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace cemli::warden {

/// A program as it crosses from cemli to the warden.
struct Program {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string working_directory;
  std::string mark;
};

/// Reads what the other side wrote into the memory file; nothing where it is not whole.
[[nodiscard]] std::optional<Program> read_program(int memory_file);

/// A new process, or the `errno` value that says why there is none.
struct Spawned {
  pid_t pid = -1;
  int error_number = 0;
  explicit operator bool() const { return pid > 0; }
};

/// Starts the program in a session of its own with standard input empty and no controlling
/// terminal, to be killed when this process dies. A script without `#!` is run by `/bin/sh`, as
/// shells do.
[[nodiscard]] Spawned spawn(const Program& program, int out, int err);

}  // namespace cemli::warden
