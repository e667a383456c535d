#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "state/base/address.h"
#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/base/parameter_value.h"
#include "state/base/process.h"

namespace cemli {

/// `20261123T064105Z-6f3a9c21`: names a run; sorts by time.
using RunId = std::string;

/// How an attempt of an address ended. The same words in the log, evidence, plans and output.
enum class OutcomeKind { succeeded, failed, error, interrupted, rolled_back, not_started };
[[nodiscard]] std::string_view word_of(OutcomeKind kind);
[[nodiscard]] std::optional<OutcomeKind> outcome_kind_of(std::string_view word);

/// What a run does with an address.
enum class ActionKind { none, run, update, retry, rerun, remove, forget, blocked, held };
[[nodiscard]] std::string_view word_of(ActionKind kind);
[[nodiscard]] std::optional<ActionKind> action_kind_of(std::string_view word);

/// All that makes an address's run what it is (DESIGN 3.7). Equal digests mean "the same run".
struct Identity {
  Address address;
  std::string version;
  Digest content;
  Parameters parameters = {};
  /// What the manifest lists under `rerun_on`, by name, as it is now.
  std::map<std::string, std::string> rerun_on = {};

  /// Digest of the canonical JSON of `{name, instance, version, content, parameters, rerun_on}`.
  [[nodiscard]] Digest digest() const;
  friend bool operator==(const Identity&, const Identity&) = default;
};

/// An object in the results store, with the digest of its bytes.
struct ObjectReference {
  std::string key;
  Digest digest;
  friend bool operator==(const ObjectReference&, const ObjectReference&) = default;
};

/// Where a run's processes live, so that another on the same machine can prove them dead.
struct Holder {
  std::string boot_id;
  std::string pid_namespace;
  ProcessId process;
  ProcessId warden;
  friend bool operator==(const Holder&, const Holder&) = default;
};

/// An approval that a run rests on.
struct UsedApproval {
  /// Who gave it, as the signers of the environment name them.
  std::string principal;
  /// `SHA256:…`, the signing key's fingerprint.
  std::string key;
  /// What was signed.
  ObjectReference statement;
  friend bool operator==(const UsedApproval&, const UsedApproval&) = default;
};

struct RunStarted {
  RunId run;
  std::optional<std::string> commit;
  Digest desired;
  Digest policy;
  Digest plan;
  std::string why;
  std::chrono::milliseconds lease{};
  Holder holder;
  /// Sorted by principal.
  std::vector<UsedApproval> approvals = {};
  friend bool operator==(const RunStarted&, const RunStarted&) = default;
};

/// Addresses by outcome of a run; `blocked` ones never became an attempt.
struct RunCounts {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t error = 0;
  std::uint64_t interrupted = 0;
  std::uint64_t blocked = 0;
  std::uint64_t not_started = 0;
  friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

struct RunFinished {
  RunId run;
  /// `succeeded`, `failed` or `stopped`.
  std::string outcome;
  RunCounts counts;
  /// Every desired address is `succeeded` at its identity.
  bool converged = false;
  std::optional<ObjectReference> result;
  friend bool operator==(const RunFinished&, const RunFinished&) = default;
};

struct RunAbandoned {
  RunId run;
  std::string why;
  friend bool operator==(const RunAbandoned&, const RunAbandoned&) = default;
};

struct Heartbeat {
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

struct PackageStarted {
  ActionKind action = ActionKind::run;
  std::uint64_t attempt = 1;
  Identity identity;
  /// Direct dependencies as they are desired now; an undesired package is removed before these.
  std::vector<Address> depends_on;
  /// Which of `check`, `rollback`, `uninstall` the package has, sorted.
  std::vector<std::string> abilities;
  /// Labels of the programs that earlier attempts at the same identity finished, and that this one
  /// goes on behind. Empty but with `resume: step`.
  std::vector<std::string> done = {};
  friend bool operator==(const PackageStarted&, const PackageStarted&) = default;
};

/// With `resume: step`: a program of a running attempt succeeded, and another follows.
struct StepFinished {
  Address address;
  std::uint64_t attempt = 1;
  /// The program's label: `run`, or `run/load`.
  std::string step;
  friend bool operator==(const StepFinished&, const StepFinished&) = default;
};

struct PackageFinished {
  Address address;
  std::uint64_t attempt = 1;
  OutcomeKind outcome = OutcomeKind::not_started;
  /// One line for people: "run: exit code 3". Empty for a success.
  std::string summary;
  Timestamp start;
  Timestamp end;
  /// Absent for `not_started` only.
  std::optional<ObjectReference> evidence;
  friend bool operator==(const PackageFinished&, const PackageFinished&) = default;
};

/// How an attempt of an abandoned run ended: what that run could not record itself.
struct PackageReported {
  RunId run;
  PackageFinished end;
  friend bool operator==(const PackageReported&, const PackageReported&) = default;
};

/// What an operator knows about an interrupted attempt.
enum class Resolution { succeeded, failed, retry };
[[nodiscard]] std::string_view word_of(Resolution resolution);
[[nodiscard]] std::optional<Resolution> resolution_of(std::string_view word);

/// What an operator's command says; always with who (the entry's writer) and why.
struct PackageResolved {
  Address address;
  RunId run;
  std::uint64_t attempt = 1;
  Resolution resolution = Resolution::retry;
  std::string why;
  friend bool operator==(const PackageResolved&, const PackageResolved&) = default;
};

struct PackageForgotten {
  Address address;
  std::string why;
  friend bool operator==(const PackageForgotten&, const PackageForgotten&) = default;
};

struct PackageTainted {
  Address address;
  std::string why;
  friend bool operator==(const PackageTainted&, const PackageTainted&) = default;
};

struct PackageDrifted {
  Address address;
  std::string why;
  friend bool operator==(const PackageDrifted&, const PackageDrifted&) = default;
};

struct PackageHeld {
  Address address;
  /// The desired identity the hold is against; another one desired lifts it.
  Digest identity;
  std::string why;
  friend bool operator==(const PackageHeld&, const PackageHeld&) = default;
};

struct PackageReleased {
  Address address;
  std::string why;
  friend bool operator==(const PackageReleased&, const PackageReleased&) = default;
};

struct EnvironmentSuspended {
  std::string why;
  friend bool operator==(const EnvironmentSuspended&, const EnvironmentSuspended&) = default;
};

struct EnvironmentResumed {
  std::string why;
  friend bool operator==(const EnvironmentResumed&, const EnvironmentResumed&) = default;
};

/// Recorded as done without having been run here.
struct PackageAdopted {
  Identity identity;
  /// As in `PackageStarted`.
  std::vector<Address> depends_on;
  std::vector<std::string> abilities;
  std::string why;
  friend bool operator==(const PackageAdopted&, const PackageAdopted&) = default;
};

/// What a version of a package holds under its new name: its manifest names it, so its content
/// differs.
struct RenamedContent {
  std::string version;
  Digest content;
  friend bool operator==(const RenamedContent&, const RenamedContent&) = default;
};

/// What was recorded of one address is recorded of another.
struct PackageMoved {
  Address from;
  Address to;
  /// Set where the package got another name and is desired at the version that was run.
  std::optional<RenamedContent> renamed;
  std::string why;
  friend bool operator==(const PackageMoved&, const PackageMoved&) = default;
};

/// The target was cloned from another environment's: what is recorded of that one holds here.
struct EnvironmentRefreshed {
  std::string from;
  /// The head of the other environment's log as it was copied.
  std::uint64_t seq = 0;
  Digest entry;
  /// The copy, in the state store.
  ObjectReference copy;
  std::string why;
  friend bool operator==(const EnvironmentRefreshed&, const EnvironmentRefreshed&) = default;
};

/// The log's last entry, until it is opened elsewhere: nobody appends to it any more.
struct LogClosed {
  /// The address of the state store in which it goes on.
  std::string to;
  std::string why;
  friend bool operator==(const LogClosed&, const LogClosed&) = default;
};

/// Follows `log.closed`, in the store to which the log was brought, and nothing else may.
struct LogOpened {
  /// The address of the state store that it was closed in, and of the one it goes on in.
  std::string from;
  std::string at;
  std::string why;
  friend bool operator==(const LogOpened&, const LogOpened&) = default;
};

using Event =
    std::variant<RunStarted, RunFinished, RunAbandoned, Heartbeat, PackageStarted, StepFinished,
                 PackageFinished, PackageReported, PackageResolved, PackageForgotten,
                 PackageTainted, PackageDrifted, PackageHeld, PackageReleased, EnvironmentSuspended,
                 EnvironmentResumed, PackageAdopted, PackageMoved, EnvironmentRefreshed, LogClosed,
                 LogOpened>;

/// Who wrote an entry.
struct Writer {
  /// Set for entries of a run, absent for an operator's.
  std::optional<RunId> run;
  std::string host;
  std::optional<std::string> authenticated;  ///< what the store's credential says
  std::optional<std::string> claimed;        ///< what the pipeline or `$USER` says
  std::string version;
  friend bool operator==(const Writer&, const Writer&) = default;
};

/// One immutable, chained object of the log.
struct Entry {
  std::string log;
  std::string environment;
  std::uint64_t seq = 1;
  std::optional<Digest> prev;
  Timestamp time;
  Writer writer;
  std::string nonce;
  std::vector<Event> events;
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// The most bytes that an entry may have.
inline constexpr std::size_t kLargestEntry = 1024UL * 1024;

/// The most bytes of events that are put into one entry: below the former there is room for its
/// frame.
inline constexpr std::size_t kLargestBatch = 768UL * 1024;

/// The bytes that an event takes in an entry.
[[nodiscard]] std::size_t encoded_size(const Event& event);

/// The entry's bytes: one line of JSON, the same for the same entry.
[[nodiscard]] std::string encode_entry(const Entry& entry);
/// Reads an entry; `corrupt` says what is wrong, also for a newer format, an unknown event or bytes
/// that were altered.
[[nodiscard]] Result<Entry> decode_entry(std::string_view bytes);

}  // namespace cemli
