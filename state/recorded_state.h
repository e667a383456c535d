#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "state/base/address.h"
#include "state/base/digest.h"
#include "state/event.h"

namespace cemli {

/// What is believed of an address. `running` is an attempt of the active run of which no end is
/// known; once that run is over it is `interrupted`.
enum class Status {
  not_started,
  running,
  succeeded,
  failed,
  error,
  interrupted,
  rolled_back,
  tainted,
  drifted,
};
[[nodiscard]] std::string_view word_of(Status status);
[[nodiscard]] std::optional<Status> status_of(std::string_view word);

/// An entry of the log by number and by the digest of its bytes.
struct Head {
  std::uint64_t seq = 0;
  Digest digest;
  friend bool operator==(const Head&, const Head&) = default;
};

/// The last success of an address.
struct Success {
  Identity identity;
  /// Absent, as is its number, where no attempt here was it: it was recorded without a run.
  std::optional<RunId> run;
  std::optional<std::uint64_t> attempt;
  Timestamp end;
  /// Absent where nobody knows when it ended.
  std::optional<std::chrono::milliseconds> duration;
  std::optional<ObjectReference> evidence;
  std::vector<Address> depends_on;
  std::vector<std::string> abilities;
  friend bool operator==(const Success&, const Success&) = default;
};

/// The last attempt of an address, whatever became of it.
struct Attempt {
  std::uint64_t number = 1;
  RunId run;
  ActionKind action = ActionKind::run;
  Identity identity;
  std::vector<Address> depends_on;
  std::vector<std::string> abilities;
  /// Number of the entry that announced it.
  std::uint64_t started_seq = 0;
  Timestamp started;
  /// Absent while running, and for ever when interrupted without a word.
  std::optional<Timestamp> ended;
  std::string summary;
  std::optional<ObjectReference> evidence;
  /// Labels of its programs that are known to be done, also by attempts before it.
  std::vector<std::string> done = {};
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// An operator's word with who and why.
struct OperatorWord {
  std::string who;
  std::string why;
  Timestamp time;
  friend bool operator==(const OperatorWord&, const OperatorWord&) = default;
};

struct Hold {
  Digest identity;
  OperatorWord word;
  friend bool operator==(const Hold&, const Hold&) = default;
};

/// What the log says of one address.
struct AddressRecord {
  Status status = Status::not_started;
  /// Attempts over the address's whole history; it never falls, not even when it is forgotten.
  std::uint64_t attempts = 0;
  /// Why it is tainted or drifted, how an interruption was resolved, or why the record was adopted,
  /// moved here or taken over from another environment.
  std::optional<OperatorWord> word;
  /// How the last attempt's interruption was resolved, where that is what `word` says.
  std::optional<Resolution> resolution;
  /// Number of the entry of the last taint or drift; only a success that started later lifts it.
  std::uint64_t tainted_seq = 0;
  /// Which of the two it was.
  Status tainted_as = Status::tainted;
  std::optional<Success> last_success;
  std::optional<Attempt> last_attempt;
  /// While `running`: what an attempt that turns out never to have started falls back to.
  Status status_before = Status::not_started;
  std::optional<Attempt> attempt_before;
  std::optional<Hold> hold;
  friend bool operator==(const AddressRecord&, const AddressRecord&) = default;
};

/// The run that holds the lease.
struct ActiveRun {
  RunStarted started;
  std::uint64_t started_seq = 0;
  /// Number of its last entry, from which others measure its silence.
  std::uint64_t last_seq = 0;
  Timestamp start;
  Writer writer;
  friend bool operator==(const ActiveRun&, const ActiveRun&) = default;
};

/// How the last run ended.
struct LastRun {
  RunId run;
  std::string outcome;  ///< `succeeded`, `failed`, `stopped` or `abandoned`
  RunCounts counts;
  Timestamp start;
  Timestamp end;
  std::optional<std::string> commit;
  std::string why;
  std::string who;
  std::optional<ObjectReference> result;
  friend bool operator==(const LastRun&, const LastRun&) = default;
};

/// What a converged run brought the environment to.
struct Convergence {
  Digest desired;
  Digest policy;
  std::optional<std::string> commit;
  RunId run;
  friend bool operator==(const Convergence&, const Convergence&) = default;
};

/// That the log has ended, and the state store in which it goes on.
struct Closing {
  std::string to;
  OperatorWord word;
  friend bool operator==(const Closing&, const Closing&) = default;
};

/// The fold of an environment's log: what is believed of each address, and the head it was folded
/// from. Without a head nothing has ever been recorded.
struct RecordedState {
  std::string environment;
  std::optional<std::string> log;
  std::optional<Head> head;
  std::map<Address, AddressRecord> addresses;
  std::optional<ActiveRun> active_run;
  std::optional<LastRun> last_run;
  std::optional<OperatorWord> suspension;
  std::optional<Convergence> converged;
  /// Set where nothing but `log.opened` may follow.
  std::optional<Closing> closed = std::nullopt;
  friend bool operator==(const RecordedState&, const RecordedState&) = default;

  /// 0 where there is no entry yet.
  [[nodiscard]] std::uint64_t seq() const { return head ? head->seq : 0; }
  /// The number the address's next attempt gets.
  [[nodiscard]] std::uint64_t next_attempt(const Address& address) const;
};

/// Copies of other environments' states, by the digest of their bytes.
using StateCopies = std::map<Digest, RecordedState>;

/// Folds the next entry (bytes with digest `digest`) into the state. Pure. `copies` has what the
/// entry's `environment.refreshed` names. `corrupt` where the entry does not continue the chain, or
/// says what its writer may not say; the state is then unusable.
[[nodiscard]] Result<void> fold(RecordedState& state, const Entry& entry, const Digest& digest,
                                const StateCopies& copies = {});

/// What `run.abandoned` by anybody at `time` would make of the state: for those who only look, and
/// see that the active run is gone. There must be an active run.
void set_active_run_aside(RecordedState& state, Timestamp time);

/// The name shown for a writer: who it claims to be, or where it ran.
[[nodiscard]] std::string display_name(const Writer& writer);

}  // namespace cemli
