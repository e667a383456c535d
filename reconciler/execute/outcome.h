#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/package/rule_hit.h"
#include "state/base/address.h"
#include "state/base/clock.h"
#include "state/base/file.h"
#include "state/event.h"

namespace cemli {

/// How an attempt ended; `word_of(kind_of(outcome))` is the word the log, evidence and output use.
struct Succeeded {
  friend bool operator==(const Succeeded&, const Succeeded&) = default;
};
/// A program said no: exit code, a signal of its own, a success rule, a timeout. `why` names the
/// step.
struct Failed {
  std::string why;
  friend bool operator==(const Failed&, const Failed&) = default;
};
/// No program was started: download, unpack, disk.
struct PreparationFailed {
  std::string why;
  friend bool operator==(const PreparationFailed&, const PreparationFailed&) = default;
};
/// cemli ended a started program, or nobody knows how it ended.
struct Interrupted {
  std::string why;
  friend bool operator==(const Interrupted&, const Interrupted&) = default;
};
/// `post_check` failed, and `rollback` has taken back what was done. `why` names the step.
struct RolledBack {
  std::string why;
  friend bool operator==(const RolledBack&, const RolledBack&) = default;
};
/// Announced, and the run ended before its first program.
struct NotStarted {
  friend bool operator==(const NotStarted&, const NotStarted&) = default;
};
using Outcome =
    std::variant<Succeeded, Failed, PreparationFailed, Interrupted, RolledBack, NotStarted>;

[[nodiscard]] OutcomeKind kind_of(const Outcome& outcome);
/// One line for people; empty for `Succeeded` and `NotStarted`.
[[nodiscard]] const std::string& summary_of(const Outcome& outcome);

/// Output of one stream of a step; past the limit the first and the last half of it are kept.
struct CapturedStream {
  std::string head;
  std::string tail;
  /// Bytes between the two that were dropped.
  std::uint64_t dropped = 0;
  /// Head and tail, with a line that says what is missing between them.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const CapturedStream&, const CapturedStream&) = default;
};

/// What one step did.
struct StepExecution {
  std::string step;
  std::string program;
  std::vector<std::string> args = {};
  std::optional<int> exit_code = std::nullopt;
  std::optional<int> signal = std::nullopt;
  bool timed_out = false;
  Timestamp start = {};
  Timestamp end = {};
  CapturedStream out = {};
  CapturedStream err = {};
  RuleFindings findings = {};
  /// The program's name where the step is a list; else empty.
  std::string part = {};
  /// Which try of the program it was.
  unsigned try_number = 1;
  friend bool operator==(const StepExecution&, const StepExecution&) = default;
};

/// An attempt that ended: what evidence is written from.
struct AttemptReport {
  Address address;
  std::uint64_t attempt = 1;
  Outcome outcome = NotStarted{};
  Timestamp start = {};
  Timestamp end = {};
  std::vector<StepExecution> steps = {};
  /// Canonical JSON of the manifest that ran; empty where the package never arrived.
  std::string manifest = {};
  /// The attempt's private folder, which goes with the report.
  std::optional<TemporaryFolder> folder = std::nullopt;
  /// Where in it the artifacts lie.
  std::filesystem::path artifacts = {};
};

}  // namespace cemli
