#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cemli {

/// Classes of reaction, not of cause: what a caller can do about it. `cli/exit_status` alone turns
/// them into exit codes.
enum class ErrorCode {
  usage,          ///< the command line is wrong
  invalid_input,  ///< a file or value that a user wrote is wrong
  not_found,      ///< what was named does not exist
  conflict,       ///< something else is already there
  locked,         ///< another run is active, or this run lost its lease
  denied,         ///< the system or the store refused access
  refused,        ///< policy, or an answer at the prompt, says no
  stale,          ///< the world moved since the decision was made
  unavailable,    ///< a store or program cannot be reached now
  corrupt,        ///< recorded bytes are not what they must be
  stopped,        ///< a signal ended the command
  spooled,        ///< it ran, but its record is only on this machine
  internal,       ///< a defect of cemli
};

/// Why something failed: a code to react to, a sentence to read, and what to do about it.
/// The sentence is lower case without a final period, outermost context first.
class Error {
 public:
  Error(ErrorCode code, std::string message);

  /// Puts what was being done before the sentence: "reading 'a.yaml': permission denied".
  [[nodiscard]] Error while_doing(std::string_view context) &&;
  /// Says what a user can do next: a command or a sentence, shown on a line of its own.
  [[nodiscard]] Error with_hint(std::string hint) &&;

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::optional<std::string>& hint() const { return hint_; }

 private:
  ErrorCode code_;
  std::string message_;
  std::optional<std::string> hint_;
};

/// One thing wrong with a file that a person wrote.
struct Problem {
  std::string where;  ///< `file:line:column`, or `file: /json/pointer`; empty where there is none
  std::string what;   ///< lower case, no final period; a suggestion stands behind "; "

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// All problems of an input as one error (`invalid_input`), a line each. `problems` is not empty.
[[nodiscard]] Error error_of(const std::vector<Problem>& problems);

/// The candidate nearest to `word` by edit distance, if one is near enough to be a likely typing
/// mistake.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& candidates);

/// An `unavailable`, `denied` or `not_found` error from `errno`'s value after a system call.
[[nodiscard]] Error system_error(int error_number, std::string_view what_failed);

}  // namespace cemli
