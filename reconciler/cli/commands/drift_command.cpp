#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/looking.h"
#include "reconciler/cli/commands/operator_session.h"
#include "reconciler/cli/commands/recorded_packages.h"
#include "reconciler/execute/running_attempt.h"
#include "reconciler/report/drift_text.h"
#include "reconciler/report/wording.h"

namespace cemli {
namespace {

bool is_done(const AddressRecord& record) {
  return record.status == Status::succeeded || record.status == Status::drifted;
}

bool has_check(const AddressRecord& record) {
  const auto& abilities = record.last_success->abilities;
  return std::find(abilities.begin(), abilities.end(), "check") != abilities.end();
}

/// One `drift`: looks at what has succeeded, and records what is not as it was left.
class Drift {
 public:
  Drift(OperatorSession session, const DriftCommand& command, Streams& streams)
      : session_(std::move(session)), command_(command), streams_(streams) {}

  Result<ExitStatus> run() {
    if (auto found = take_recorded(); !found) return std::move(found).error();
    auto chosen = choose();
    if (!chosen) return std::move(chosen).error();
    report_.environment = recorded_.environment;
    report_.head = recorded_.head;
    auto looks =
        look_at_target(session_.context, plan_of(*chosen), Purpose::check, command_.jobs, streams_);
    if (!looks) return std::move(looks).error();
    if (const auto& signal = looks->execution.signal) {
      streams_.err << "note: stopped; nothing was recorded\n";
      return exit_status_of_signal(*signal);
    }
    for (const auto& [address, look] : looks->found)
      report_.findings.push_back(judge(address, look));
    std::sort(report_.findings.begin(), report_.findings.end(),
              [](const auto& left, const auto& right) { return left.address < right.address; });
    streams_.out << (command_.output == Output::json ? drift_json(report_)
                                                     : drift_text(report_, streams_.out_style))
                 << std::flush;
    if (auto told = record(); !told) return std::move(told).error();
    const bool all_in_sync = std::all_of(
        report_.findings.begin(), report_.findings.end(),
        [](const DriftFinding& finding) { return finding.verdict == DriftVerdict::in_sync; });
    return all_in_sync ? ExitStatus::done : ExitStatus::error;
  }

 private:
  /// What a run changes right now would look like drift.
  Result<void> take_recorded() {
    if (auto open = require_open(session_.recorded()); !open) return open;
    auto between = between_runs(*session_.context.state, session_.recorded());
    if (!between) return std::move(between).error();
    recorded_ = std::move(between->state);
    return {};
  }

  Result<std::vector<Address>> choose() {
    auto asked = parse_addresses(command_.addresses);
    if (!asked) return std::move(asked).error();
    if (!asked->empty()) return check_asked(*std::move(asked));
    std::vector<Address> chosen;
    for (const auto& [address, record] : recorded_.addresses) {
      if (!is_done(record)) continue;
      (has_check(record) ? chosen : report_.without_check).push_back(address);
    }
    if (!chosen.empty()) return chosen;
    return Error(ErrorCode::not_found,
                 fmt::format("there is nothing to look at in environment '{}': of {} that "
                             "succeeded, none has a step 'check'",
                             recorded_.environment,
                             count_of(report_.without_check.size(), "package")))
        .with_hint("a package gets one as steps/check.sh; see cemli state list -e " +
                   recorded_.environment);
  }

  Result<std::vector<Address>> check_asked(std::vector<Address> asked) const {
    std::vector<Problem> problems;
    for (const Address& address : asked) {
      const auto found = recorded_.addresses.find(address);
      if (found == recorded_.addresses.end() || !is_done(found->second)) {
        problems.push_back({"", fmt::format("'{}' has not succeeded in environment '{}'",
                                            address.text(), recorded_.environment)});
      } else if (!has_check(found->second)) {
        problems.push_back({"", fmt::format("'{}' {} has no step 'check'", address.text(),
                                            found->second.last_success->identity.version)});
      }
    }
    if (!problems.empty()) return error_of(problems);
    return asked;
  }

  /// The packages as they were run, each by itself. What cannot be found is a finding.
  Plan plan_of(const std::vector<Address>& addresses) {
    // Nothing of it is recorded, so that it needs no digests of what is desired.
    const Digest none = Digest::of("");
    Plan plan{recorded_.environment, std::nullopt, recorded_.head, none, none, {}};
    PackageStore store(*session_.context.packages);
    for (const Address& address : addresses) {
      const AddressRecord& record = recorded_.addresses.at(address);
      const std::string& version = record.last_success->identity.version;
      auto package = find_recorded(store, record);
      if (!package) {
        report_.findings.push_back(
            {address, version, DriftVerdict::unknown, package.error().message()});
        continue;
      }
      package->depends_on.clear();
      Action action{address, ActionKind::rerun, version};
      action.version_before = version;
      action.desired = *std::move(package);
      action.attempt = record.attempts;
      plan.actions.push_back(std::move(action));
    }
    return plan;
  }

  [[nodiscard]] DriftFinding judge(const Address& address, const Look& look) const {
    DriftFinding finding{address, recorded_.addresses.at(address).last_success->identity.version};
    finding.summary = summary_of(look.outcome);
    finding.out = look.out;
    finding.err = look.err;
    if (look.exit_code == kDriftedExitCode) {
      finding.verdict = DriftVerdict::drifted;
    } else if (kind_of(look.outcome) == OutcomeKind::succeeded) {
      finding.verdict = DriftVerdict::in_sync;
    }
    return finding;
  }

  /// Of what has drifted, that which is still recorded as it was when it was looked at.
  [[nodiscard]] std::vector<Event> events_on(const RecordedState& now) const {
    std::vector<Event> events;
    for (const DriftFinding& finding : report_.findings) {
      if (finding.verdict != DriftVerdict::drifted) continue;
      const auto found = now.addresses.find(finding.address);
      if (found == now.addresses.end() || found->second.status != Status::succeeded) continue;
      if (found->second.attempts != recorded_.addresses.at(finding.address).attempts) continue;
      events.push_back(PackageDrifted{finding.address, finding.summary});
    }
    return events;
  }

  Result<void> record() {
    if (events_on(recorded_).empty()) return {};
    auto appended = session_.append_between_runs(
        [this](const RecordedState& now) -> Result<std::vector<Event>> {
          auto events = events_on(now);
          if (!events.empty()) return events;
          return Error(ErrorCode::conflict,
                       "what has drifted was run again meanwhile; nothing was recorded");
        });
    if (!appended) return appended;
    streams_.err << fmt::format(
        "note: recorded; what has drifted is run again by the next cemli apply -e {}\n",
        recorded_.environment);
    return {};
  }

  OperatorSession session_;
  const DriftCommand& command_;
  Streams& streams_;
  RecordedState recorded_;
  DriftReport report_;
};

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const DriftCommand& command,
                               Streams& streams) {
  auto session = OperatorSession::open(global, "HEAD", streams);
  if (!session) return std::move(session).error();
  return Drift(*std::move(session), command, streams).run();
}

}  // namespace cemli
