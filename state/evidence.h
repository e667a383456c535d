#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/address.h"
#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/base/result.h"
#include "state/event.h"
#include "state/recorded_state.h"

namespace cemli {

/// Streams up to this size stand whole in `result.json`; longer ones go into `files.zip`.
inline constexpr std::size_t kLargestInlineStream = 64UL * 1024;

/// What a step printed on one stream.
struct StreamEvidence {
  /// The stream, or its first part where it is longer than `kLargestInlineStream`; bytes that are
  /// not UTF-8 are replaced by U+FFFD.
  std::string text;
  /// Whether bytes were replaced in `text`.
  bool replaced = false;
  /// Bytes that were printed, kept or not.
  std::uint64_t size = 0;
  /// Bytes that were dropped because the step printed more than its limit.
  std::uint64_t dropped = 0;
  /// Its path in `files.zip`, where `text` is not the exact whole.
  std::optional<std::string> file;
  friend bool operator==(const StreamEvidence&, const StreamEvidence&) = default;
};

/// A success rule that a step's output met, or failed to meet.
struct RuleHitEvidence {
  /// `fail`, `warn` or `missing`.
  std::string kind;
  std::string rule;
  /// `stdout`, `stderr`, or a log file's path in the package; empty where something is missing.
  std::string file;
  /// 0 where it is about no line.
  std::uint64_t line = 0;
  std::string text;
  friend bool operator==(const RuleHitEvidence&, const RuleHitEvidence&) = default;
};

/// One step of an attempt.
struct StepEvidence {
  std::string step;
  std::string program;
  std::vector<std::string> args;
  std::optional<int> returncode;
  std::optional<int> signal;
  bool timed_out = false;
  Timestamp start;
  Timestamp end;
  StreamEvidence out;
  StreamEvidence err;
  std::vector<RuleHitEvidence> rule_hits = {};
  /// How many more there were.
  std::uint64_t more_rule_hits = 0;
  /// The program's name where the step is a list; else empty.
  std::string part = {};
  /// Which try of the program it was, counted from 1.
  std::uint64_t try_number = 1;
  friend bool operator==(const StepEvidence&, const StepEvidence&) = default;
};

/// A file in `files.zip`.
struct EvidenceFile {
  std::string path;
  std::uint64_t size = 0;
  Digest digest;
  friend bool operator==(const EvidenceFile&, const EvidenceFile&) = default;
};

/// `result.json` of one attempt (DESIGN 3.5).
struct AttemptEvidence {
  Address address;
  std::uint64_t attempt = 1;
  RunId run;
  std::string environment;
  ActionKind action = ActionKind::run;
  OutcomeKind outcome = OutcomeKind::not_started;
  std::string summary;
  Timestamp start;
  Timestamp end;
  Identity identity;
  std::string source_bucket;
  std::string source_object;
  Digest package_sha256;
  /// JSON text of the manifest that ran; empty where the package never arrived.
  std::string manifest;
  std::vector<StepEvidence> execution;
  std::string principal;
  std::string host;
  /// Names of cemli's own variables that steps saw, with the digest of each value.
  std::map<std::string, Digest> runner;
  std::optional<std::string> commit;
  Digest plan;
  /// What `files.zip` holds; absent where there is none.
  std::optional<ObjectReference> files_zip;
  std::vector<EvidenceFile> files;
  /// Where the secrets that its steps got came from, by name; never what they are.
  std::map<std::string, std::string> secrets = {};
  /// What the run rested on.
  std::vector<UsedApproval> approvals = {};
  friend bool operator==(const AttemptEvidence&, const AttemptEvidence&) = default;
};

/// Pretty-printed JSON with a final newline.
[[nodiscard]] std::string encode_attempt(const AttemptEvidence& evidence);
/// `corrupt` says what is wrong.
[[nodiscard]] Result<AttemptEvidence> decode_attempt(std::string_view bytes);

/// One line of a run's result.
struct RunResultLine {
  Address address;
  ActionKind action = ActionKind::run;
  std::string version;
  /// The outcome's word, or `blocked` or `held` for what never became an attempt.
  std::string status;
  std::uint64_t attempt = 0;
  std::string summary;
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
  std::optional<ObjectReference> evidence;
  friend bool operator==(const RunResultLine&, const RunResultLine&) = default;
};

/// `result.json` of a run.
struct RunResult {
  RunId run;
  std::string environment;
  std::string log;
  /// `succeeded`, `failed` or `stopped`.
  std::string outcome;
  std::string why;
  std::optional<std::string> commit;
  Digest desired;
  Digest plan;
  Timestamp start;
  Timestamp end;
  RunCounts counts;
  std::string principal;
  std::string host;
  std::string version;  ///< of cemli
  /// The log's head when this was written: an anchor against a cut tail.
  Head head;
  /// The run's `plan.json`.
  ObjectReference plan_object;
  std::vector<RunResultLine> packages;
  /// Requests to the stores that had to be sent again.
  std::uint64_t store_retries = 0;
  /// What the run rested on.
  std::vector<UsedApproval> approvals = {};
  friend bool operator==(const RunResult&, const RunResult&) = default;
};

/// The files that a run's `policy.json` names, with their digests: who may sign, and which keys are
/// revoked. `corrupt` where it is no such document.
[[nodiscard]] Result<std::vector<ObjectReference>> read_policy_files(std::string_view policy,
                                                                     const std::string& environment,
                                                                     const RunId& run);

[[nodiscard]] std::string encode_run_result(const RunResult& result);
[[nodiscard]] Result<RunResult> decode_run_result(std::string_view bytes);

}  // namespace cemli
