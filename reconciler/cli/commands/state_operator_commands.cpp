#include <fmt/format.h>

#include <map>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/operator_session.h"
#include "state/operator_words.h"

namespace cemli {
namespace {

/// A word about addresses of which the recorded state alone decides; `said` names it in the output.
template <typename Command>
Result<ExitStatus> say(const GlobalOptions& global, const Command& command, Streams& streams,
                       Result<std::vector<Event>> (*words)(const RecordedState&,
                                                           const std::vector<Address>&,
                                                           const std::string&),
                       std::string_view said,
                       Result<void> (OperatorSession::*append)(const OperatorDecision&)) {
  auto addresses = parse_addresses(command.addresses);
  if (!addresses) return std::move(addresses).error();
  auto session = OperatorSession::open_record(global, streams);
  if (!session) return std::move(session).error();
  auto appended = (*session.*append)(
      [&](const RecordedState& recorded) { return words(recorded, *addresses, command.why); });
  if (!appended) return std::move(appended).error();
  for (const Address& address : *addresses)
    streams.out << fmt::format("{}: {}\n", said, address.text());
  return ExitStatus::done;
}

template <typename Command>
Result<ExitStatus> say(const GlobalOptions& global, const Command& command, Streams& streams,
                       Result<std::vector<Event>> (*words)(const RecordedState&,
                                                           const std::string&),
                       std::string_view said) {
  auto session = OperatorSession::open_record(global, streams);
  if (!session) return std::move(session).error();
  auto appended =
      session->append([&](const RecordedState& recorded) { return words(recorded, command.why); });
  if (!appended) return std::move(appended).error();
  streams.out << fmt::format("{}: {}\n", said, session->recorded().environment);
  return ExitStatus::done;
}

/// The identities that the commit desires of the addresses; all that it does not desire are told.
Result<std::map<Address, Digest>> desired_identities(const DesiredState& desired,
                                                     const std::vector<Address>& addresses) {
  std::vector<std::string> candidates;
  for (const auto& [address, package] : desired.packages) candidates.push_back(address.text());
  std::map<Address, Digest> identities;
  std::vector<Problem> problems;
  for (const Address& address : addresses) {
    const auto found = desired.packages.find(address);
    if (found != desired.packages.end()) {
      identities.emplace(address, found->second.identity.digest());
      continue;
    }
    const auto suggestion = nearest(address.text(), candidates);
    problems.push_back(Problem{
        "", fmt::format(
                "'{}' is not desired in environment '{}'{}", address.text(), desired.environment,
                suggestion ? fmt::format("; did you mean '{}'?", *suggestion) : std::string())});
  }
  if (problems.empty()) return identities;
  return error_of(problems).with_hint(
      "a hold stands against what a commit desires; --ref names another than HEAD");
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const StateTaintCommand& command,
                               Streams& streams) {
  return say(global, command, streams, taint_words, "tainted", &OperatorSession::append);
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateReleaseCommand& command,
                               Streams& streams) {
  return say(global, command, streams, release_words, "released", &OperatorSession::append);
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateForgetCommand& command,
                               Streams& streams) {
  auto status = say(global, command, streams, forget_words, "forgotten",
                    &OperatorSession::append_between_runs);
  if (status) {
    streams.err << "note: what was done to the target stays as it is; what is desired of it counts "
                   "as new, and the next apply runs it\n";
  }
  return status;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateSuspendCommand& command,
                               Streams& streams) {
  return say(global, command, streams, suspend_words, "suspended");
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateResumeCommand& command,
                               Streams& streams) {
  return say(global, command, streams, resume_words, "resumed");
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateHoldCommand& command,
                               Streams& streams) {
  auto addresses = parse_addresses(command.addresses);
  if (!addresses) return std::move(addresses).error();
  auto session = OperatorSession::open(global, command.revision, streams);
  if (!session) return std::move(session).error();
  EnvironmentContext& context = session->context;
  auto desired = load_desired(context);
  if (!desired) return std::move(desired).error();
  auto identities = desired_identities(*desired, *addresses);
  if (!identities) return std::move(identities).error();
  auto appended =
      session->append([&](const RecordedState&) { return hold_words(*identities, command.why); });
  if (!appended) return std::move(appended).error();
  for (const Address& address : *addresses) {
    streams.out << fmt::format("held: {} (against {})\n", address.text(),
                               desired->packages.at(address).identity.version);
  }
  return ExitStatus::done;
}

}  // namespace cemli
