#include <fmt/format.h>

#include <istream>
#include <iterator>
#include <ostream>
#include <utility>

#include "reconciler/cli/adoption.h"
#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/operator_session.h"
#include "state/base/file.h"
#include "state/operator_words.h"
#include "state/past_state.h"
#include "state/state_copy.h"

// Commands that rewrite the record from outside, between runs.
namespace cemli {
namespace {

Result<std::vector<AdoptionRequest>> read_adoption_list(const std::string& file, Streams& streams) {
  if (file == "-") {
    const std::string text(std::istreambuf_iterator<char>(streams.in), {});
    return parse_adoption_list(text, "standard input");
  }
  auto text = read_file(file);
  if (!text) return std::move(text).error().while_doing(fmt::format("reading '{}'", file));
  return parse_adoption_list(*text, file);
}

Result<std::vector<AdoptionRequest>> adoption_requests(const StateAdoptCommand& command,
                                                       const DesiredState& desired,
                                                       const RecordedState& recorded,
                                                       Streams& streams) {
  std::vector<AdoptionRequest> requests;
  for (const std::string& text : command.addresses) {
    auto request = parse_adoption(text);
    if (!request) return std::move(request).error();
    requests.push_back(*std::move(request));
  }
  if (command.file) return read_adoption_list(*command.file, streams);
  if (command.all) return unrecorded_addresses(desired, recorded);
  return requests;
}

/// How many of the events, from the first on, one entry holds.
std::size_t fitting(const std::vector<Event>& events) {
  constexpr std::size_t kFrame = 8UL * 1024;
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < events.size()) {
    bytes += encoded_size(events[count]);
    if (count > 0 && bytes > kLargestEntry - kFrame) break;
    ++count;
  }
  return count;
}

/// Adopts all requests, in as many entries as they need.
Result<void> adopt_all(OperatorSession& session, const DesiredState& desired,
                       std::vector<AdoptionRequest> requests, const std::string& why) {
  while (!requests.empty()) {
    std::size_t taken = 0;
    auto appended = session.append_between_runs(
        [&](const RecordedState& recorded) -> Result<std::vector<Event>> {
          auto events = adoption_words(desired, recorded, requests, why);
          if (!events) return std::move(events).error();
          taken = fitting(*events);
          events->erase(events->begin() + static_cast<std::ptrdiff_t>(taken), events->end());
          return events;
        });
    if (!appended) return appended;
    requests.erase(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  return {};
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const StateAdoptCommand& command,
                               Streams& streams) {
  auto session = OperatorSession::open(global, command.revision, streams);
  if (!session) return std::move(session).error();
  EnvironmentContext& context = session->context;
  auto desired = load_desired(context);
  if (!desired) return std::move(desired).error();
  auto requests = adoption_requests(command, *desired, session->recorded(), streams);
  if (!requests) return std::move(requests).error();
  if (requests->empty()) {
    return Error(ErrorCode::conflict,
                 command.all ? fmt::format("nothing to adopt: something is recorded of all that is "
                                           "desired in environment '{}'",
                                           desired->environment)
                             : std::string("nothing to adopt: the list is empty"));
  }
  if (auto adopted = adopt_all(*session, *desired, *requests, command.why); !adopted)
    return std::move(adopted).error();
  for (const AdoptionRequest& request : *requests) {
    streams.out << fmt::format("adopted: {} {}\n", request.address.text(),
                               desired->packages.at(request.address).identity.version);
  }
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateMoveCommand& command,
                               Streams& streams) {
  auto from = Address::parse(command.from);
  if (!from) return std::move(from).error();
  auto to = Address::parse(command.to);
  if (!to) return std::move(to).error();
  auto session = OperatorSession::open(global, "HEAD", streams);
  if (!session) return std::move(session).error();
  EnvironmentContext& context = session->context;
  auto desired = load_desired(context);
  if (!desired) return std::move(desired).error();
  std::optional<Identity> identity;
  if (const auto found = desired->packages.find(*to); found != desired->packages.end())
    identity = found->second.identity;
  auto appended = session->append_between_runs([&](const RecordedState& recorded) {
    return move_words(recorded, *from, *to, identity, command.why);
  });
  if (!appended) return std::move(appended).error();
  streams.out << fmt::format("moved: {} to {}\n", from->text(), to->text());
  if (desired->packages.contains(*from)) {
    streams.err << fmt::format("note: '{}' is still desired, so the next apply runs it\n",
                               from->text());
  }
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateRefreshCommand& command,
                               Streams& streams) {
  auto session = OperatorSession::open(global, "HEAD", streams);
  if (!session) return std::move(session).error();
  const std::string& environment = session->context.settings.environment;
  if (command.from == environment)
    return Error(ErrorCode::usage, "an environment cannot be refreshed from itself");
  auto source = recorded_of(global, command.from, command.at, streams);
  if (!source) return std::move(source).error();
  auto appended =
      session->append_between_runs([&](const RecordedState&) -> Result<std::vector<Event>> {
        auto copy = write_state_copy(*session->context.state, environment, *source);
        if (!copy) return std::move(copy).error();
        return std::vector<Event>{EnvironmentRefreshed{command.from, source->head->seq,
                                                       source->head->digest, *copy, command.why}};
      });
  if (!appended) return std::move(appended).error();
  streams.out << fmt::format("refreshed: {} from {} at log entry {}\n", environment, command.from,
                             source->seq());
  if (source->active_run) {
    streams.err << fmt::format(
        "note: run {} was active in '{}'; what it was running is taken over "
        "as interrupted\n",
        source->active_run->started.run, command.from);
  }
  return ExitStatus::done;
}

}  // namespace cemli
