#include <fmt/format.h>

#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/operator_session.h"
#include "reconciler/cli/commands/replaying.h"
#include "reconciler/report/json_report.h"
#include "reconciler/report/status_text.h"
#include "state/holder.h"
#include "state/lease.h"
#include "state/past_state.h"

namespace cemli {
namespace {

Error nothing_recorded(const Address& address, const std::string& environment) {
  return Error(ErrorCode::not_found, fmt::format("nothing is recorded of '{}' in environment '{}'",
                                                 address.text(), environment))
      .with_hint("cemli state list -e " + environment);
}

void print_list(const RecordedState& recorded, Output output, Streams& streams) {
  streams.out << (output == Output::json ? state_list_json(recorded)
                                         : state_list_text(recorded, streams.out_style));
}

Result<ExitStatus> print_record(const RecordedState& recorded, const Address& address,
                                Output output, Streams& streams) {
  const auto found = recorded.addresses.find(address);
  if (found == recorded.addresses.end()) return nothing_recorded(address, recorded.environment);
  streams.out << (output == Output::json
                      ? state_show_json(recorded, address)
                      : state_show_text(address, found->second, recorded.environment,
                                        streams.out_style));
  return ExitStatus::done;
}

/// The events by which an operator resolves an attempt; a run that is gone is set aside on the way.
Result<std::vector<Event>> resolution_events(Store& store, const RecordedState& recorded,
                                             const Address& address,
                                             const StateResolveCommand& command) {
  const auto found = recorded.addresses.find(address);
  if (found == recorded.addresses.end()) return nothing_recorded(address, recorded.environment);
  const AddressRecord& record = found->second;
  std::vector<Event> events;
  if (record.status == Status::running) {
    auto takeover = may_take_over(store, recorded.environment, *recorded.active_run);
    if (!takeover) return std::move(takeover).error();
    if (!takeover->allowed) {
      return Error(ErrorCode::locked, fmt::format("'{}' runs in {}", address.text(),
                                                  describe_holder(*recorded.active_run)))
          .with_hint("wait for that run to end");
    }
    events.emplace_back(RunAbandoned{recorded.active_run->started.run, takeover->why});
  } else if (record.status != Status::interrupted) {
    return Error(ErrorCode::conflict,
                 fmt::format("'{}' is {}, and only an interrupted attempt can be resolved",
                             address.text(), word_of(record.status)));
  }
  events.emplace_back(PackageResolved{address, record.last_attempt->run,
                                      record.last_attempt->number, command.resolution,
                                      command.why});
  return events;
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const StateListCommand& command,
                               Streams& streams) {
  auto opened = OperatorSession::open_record(global, streams);
  if (!opened) return std::move(opened).error();
  if (auto shown = show_interrupted(opened->context, opened->reading); !shown)
    return std::move(shown).error();
  print_list(opened->recorded(), command.output, streams);
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateShowCommand& command,
                               Streams& streams) {
  auto address = Address::parse(command.address);
  if (!address) return std::move(address).error();
  auto opened = OperatorSession::open_record(global, streams);
  if (!opened) return std::move(opened).error();
  if (auto shown = show_interrupted(opened->context, opened->reading); !shown)
    return std::move(shown).error();
  return print_record(opened->recorded(), *address, command.output, streams);
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateAtCommand& command,
                               Streams& streams) {
  std::optional<Address> address;
  if (command.address) {
    auto parsed = Address::parse(*command.address);
    if (!parsed) return std::move(parsed).error();
    address = *std::move(parsed);
  }
  auto point = parse_log_point(command.point);
  if (!point) return std::move(point).error();
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  auto recorded = read_state_at(*context->state, context->settings.environment, *point);
  if (!recorded) return std::move(recorded).error();
  if (address) return print_record(*recorded, *address, command.output, streams);
  streams.err << fmt::format("note: this is the recorded state at log entry {}\n", recorded->seq());
  print_list(*recorded, command.output, streams);
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateResolveCommand& command,
                               Streams& streams) {
  auto address = Address::parse(command.address);
  if (!address) return std::move(address).error();
  auto opened = OperatorSession::open_record(global, streams);
  if (!opened) return std::move(opened).error();
  Store& store = *opened->context.state;
  auto appended = opened->append([&](const RecordedState& recorded) {
    return resolution_events(store, recorded, *address, command);
  });
  if (!appended) return std::move(appended).error();
  streams.out << fmt::format("'{}' is resolved: {}\n", address->text(),
                             word_of(command.resolution));
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateReplayCommand& /*command*/,
                               Streams& streams) {
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  auto replayed = replay_spools(*context, streams);
  if (!replayed) return std::move(replayed).error();
  if (*replayed == 0)
    streams.out << fmt::format("nothing of environment '{}' waits on this machine\n",
                               context->settings.environment);
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateUnlockCommand& command,
                               Streams& streams) {
  auto opened = OperatorSession::open_record(global, streams);
  if (!opened) return std::move(opened).error();
  std::string holder;
  bool is_dead = false;
  auto appended = opened->append([&](const RecordedState& recorded) -> Result<std::vector<Event>> {
    if (!recorded.active_run) {
      return Error(ErrorCode::not_found,
                   fmt::format("no run is active in environment '{}'", recorded.environment));
    }
    holder = describe_holder(*recorded.active_run);
    // If it ran on this machine and is dead, what it left running must not go on unseen.
    const RunStarted& started = recorded.active_run->started;
    is_dead = is_proven_dead(started.holder, started.run, std::chrono::seconds(2));
    return std::vector<Event>{
        RunAbandoned{recorded.active_run->started.run, "unlocked: " + command.why}};
  });
  if (!appended) return std::move(appended).error();
  streams.out << "unlocked: set aside " << holder << '\n';
  if (!is_dead) {
    streams.err << "note: it is not known to have ended; if it lives, its programs go on until it "
                   "next looks at the log\n";
  }
  for (const auto& [address, record] : opened->reading.state.addresses) {
    if (record.status == Status::interrupted &&
        record.last_attempt->run == opened->reading.state.last_run->run)
      streams.out << fmt::format("  interrupted: {}\n", address.text());
  }
  return ExitStatus::done;
}

}  // namespace cemli
