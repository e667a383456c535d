#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/base/result.h"

namespace cemli {

/// A program of this machine that cemli asks for help: `git`, or what a user named.
struct ProgramCall {
  /// `argv[0]` is looked for on `PATH` where it has no `/`.
  std::vector<std::string> argv;
  /// Variables set (or, without a value, removed) on top of this process's own.
  std::vector<std::pair<std::string, std::optional<std::string>>> variables = {};
  /// What it reads from standard input.
  std::string_view input = {};
  /// While waiting, readable means: end it and give up. -1: there is no such descriptor.
  int stop_fd = -1;
  /// After this it is ended; none means that it may take as long as it likes.
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;
  /// What it prints on standard error: `passed_on` to this process's own as it comes, for a person
  /// to read, or `kept`.
  enum class ErrorOutput { kept, passed_on } error_output = ErrorOutput::kept;
};

struct ProgramEnd {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs a program to its end, without a shell. At most 1 MiB of each output stream is kept.
/// `unavailable` where it cannot be started, took too long or was killed by a signal, `stopped`
/// where `stop_fd` ended the wait. An exit code that is not 0 is not an error here.
[[nodiscard]] Result<ProgramEnd> run_program(const ProgramCall& call);

}  // namespace cemli
