#pragma once

#include <sys/types.h>

#include <string>

#include "state/base/file.h"
#include "tests/cli/command.h"

namespace cemli::test {

/// A program on a terminal of its own, as a person has it.
class TerminalSession {
 public:
  explicit TerminalSession(const Invocation& invocation);
  TerminalSession(const TerminalSession&) = delete;
  TerminalSession& operator=(const TerminalSession&) = delete;
  ~TerminalSession();

  /// Waits until the terminal shows `text`. The test fails where it does not in time.
  void expect(const std::string& text);
  /// Types `keys`; "\n" is Enter, "\x03" Ctrl-C.
  void type(const std::string& keys) const;
  /// Waits for its end; all the terminal has shown is in `out`.
  Ended wait();

 private:
  void read_some();

  UniqueFd terminal_;
  pid_t pid_ = -1;
  std::string shown_;
};

}  // namespace cemli::test
