#pragma once

#include <tuple>

#include "state/base/packing.h"
#include "state/packed_identity.h"
#include "state/recorded_state.h"

namespace cemli {

template <>
struct Packed<Status> {
  static constexpr auto last = Status::drifted;
};

template <>
struct Packed<ActionKind> {
  static constexpr auto last = ActionKind::held;
};

template <>
struct Packed<Resolution> {
  static constexpr auto last = Resolution::retry;
};

template <>
struct Packed<ObjectReference> {
  static constexpr auto members = std::tuple(&ObjectReference::key, &ObjectReference::digest);
};

template <>
struct Packed<OperatorWord> {
  static constexpr auto members =
      std::tuple(&OperatorWord::who, &OperatorWord::why, &OperatorWord::time);
};

template <>
struct Packed<Success> {
  static constexpr auto members =
      std::tuple(&Success::identity, &Success::run, &Success::attempt, &Success::end,
                 &Success::duration, &Success::evidence, &Success::depends_on, &Success::abilities);
};

template <>
struct Packed<Attempt> {
  static constexpr auto members = std::tuple(
      &Attempt::number, &Attempt::run, &Attempt::action, &Attempt::identity, &Attempt::depends_on,
      &Attempt::abilities, &Attempt::started_seq, &Attempt::started, &Attempt::ended,
      &Attempt::summary, &Attempt::evidence, &Attempt::done);
};

template <>
struct Packed<Hold> {
  static constexpr auto members = std::tuple(&Hold::identity, &Hold::word);
};

template <>
struct Packed<AddressRecord> {
  static constexpr auto members = std::tuple(
      &AddressRecord::status, &AddressRecord::attempts, &AddressRecord::word,
      &AddressRecord::resolution, &AddressRecord::tainted_seq, &AddressRecord::tainted_as,
      &AddressRecord::last_success, &AddressRecord::last_attempt, &AddressRecord::status_before,
      &AddressRecord::attempt_before, &AddressRecord::hold);
};

template <>
struct Packed<ProcessId> {
  static constexpr auto members = std::tuple(&ProcessId::pid, &ProcessId::start_time);
};

template <>
struct Packed<Holder> {
  static constexpr auto members =
      std::tuple(&Holder::boot_id, &Holder::pid_namespace, &Holder::process, &Holder::warden);
};

template <>
struct Packed<UsedApproval> {
  static constexpr auto members =
      std::tuple(&UsedApproval::principal, &UsedApproval::key, &UsedApproval::statement);
};

template <>
struct Packed<RunStarted> {
  static constexpr auto members =
      std::tuple(&RunStarted::run, &RunStarted::commit, &RunStarted::desired, &RunStarted::policy,
                 &RunStarted::plan, &RunStarted::why, &RunStarted::lease, &RunStarted::holder,
                 &RunStarted::approvals);
};

template <>
struct Packed<Writer> {
  static constexpr auto members = std::tuple(&Writer::run, &Writer::host, &Writer::authenticated,
                                             &Writer::claimed, &Writer::version);
};

template <>
struct Packed<ActiveRun> {
  static constexpr auto members =
      std::tuple(&ActiveRun::started, &ActiveRun::started_seq, &ActiveRun::last_seq,
                 &ActiveRun::start, &ActiveRun::writer);
};

template <>
struct Packed<RunCounts> {
  static constexpr auto members =
      std::tuple(&RunCounts::succeeded, &RunCounts::failed, &RunCounts::error,
                 &RunCounts::interrupted, &RunCounts::blocked, &RunCounts::not_started);
};

template <>
struct Packed<LastRun> {
  static constexpr auto members =
      std::tuple(&LastRun::run, &LastRun::outcome, &LastRun::counts, &LastRun::start, &LastRun::end,
                 &LastRun::commit, &LastRun::why, &LastRun::who, &LastRun::result);
};

template <>
struct Packed<Convergence> {
  static constexpr auto members = std::tuple(&Convergence::desired, &Convergence::policy,
                                             &Convergence::commit, &Convergence::run);
};

template <>
struct Packed<Closing> {
  static constexpr auto members = std::tuple(&Closing::to, &Closing::word);
};

template <>
struct Packed<Head> {
  static constexpr auto members = std::tuple(&Head::seq, &Head::digest);
};

template <>
struct Packed<RecordedState> {
  static constexpr auto members =
      std::tuple(&RecordedState::environment, &RecordedState::log, &RecordedState::head,
                 &RecordedState::addresses, &RecordedState::active_run, &RecordedState::last_run,
                 &RecordedState::suspension, &RecordedState::converged, &RecordedState::closed);
};

}  // namespace cemli
