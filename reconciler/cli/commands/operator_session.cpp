#include "reconciler/cli/commands/operator_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reconciler/cli/commands/replaying.h"
#include "reconciler/cli/commands/run_surroundings.h"
#include "state/holder.h"
#include "state/lease.h"
#include "state/past_state.h"

namespace cemli {

namespace {

Result<OperatorSession> session_in(Result<EnvironmentContext> context, Streams& streams) {
  if (!context) return std::move(context).error();
  auto reading = read_recorded(*context, streams);
  if (!reading) return std::move(reading).error();
  return OperatorSession{*std::move(context), *std::move(reading), streams};
}

}  // namespace

Result<OperatorSession> OperatorSession::open(const GlobalOptions& global,
                                              const std::string& revision, Streams& streams) {
  return session_in(open_environment(global, revision), streams);
}

Result<OperatorSession> OperatorSession::open_record(const GlobalOptions& global,
                                                     Streams& streams) {
  return session_in(cemli::open_record(global, streams), streams);
}

Result<void> OperatorSession::append(const OperatorDecision& decide) {
  if (auto replayed = replay_spools(context, reading, streams); !replayed)
    return std::move(replayed).error();
  std::optional<ActiveRun> active = reading.state.active_run;
  auto appended = append_decision(
      *context.state, reading, this_writer(std::nullopt),
      [&](const RecordedState& recorded) -> Result<std::vector<Event>> {
        auto events = decide(recorded);
        if (!events) return std::move(events).error();
        if (auto kept = keep_out_of_git(context.repository, context.settings); !kept)
          return std::move(kept).error();
        active = recorded.active_run;
        return events;
      });
  // A run that was set aside leaves its steps' folders, and secrets in them.
  const bool is_set_aside = appended && active && !reading.state.active_run;
  if (is_set_aside && is_gone(active->started.holder)) remove_work_of(active->started.run);
  return appended;
}

Result<void> OperatorSession::append_between_runs(const OperatorDecision& decide) {
  return append([&](const RecordedState& recorded) -> Result<std::vector<Event>> {
    auto between = between_runs(*context.state, recorded);
    if (!between) return std::move(between).error();
    auto events = decide(between->state);
    if (events && between->set_aside) events->insert(events->begin(), *between->set_aside);
    return events;
  });
}

Result<StateBetweenRuns> between_runs(Store& store, const RecordedState& recorded) {
  StateBetweenRuns between{recorded, std::nullopt};
  if (!recorded.active_run) return between;
  const ActiveRun& active = *recorded.active_run;
  auto takeover = may_take_over(store, recorded.environment, active);
  if (!takeover) return std::move(takeover).error();
  if (!takeover->allowed) return locked_by(recorded.environment, active);
  between.set_aside = RunAbandoned{active.started.run, takeover->why};
  set_active_run_aside(between.state, wall_now());
  return between;
}

Result<RecordedState> recorded_of(GlobalOptions global, const std::string& environment,
                                  const std::optional<std::string>& point, Streams& streams) {
  if (!is_name(environment)) {
    return Error(
        ErrorCode::usage,
        fmt::format("'{}' is not an environment's name: lower-case letters, digits and '-'",
                    environment));
  }
  global.environment = environment;
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  if (point) {
    auto parsed = parse_log_point(*point);
    if (!parsed) return std::move(parsed).error();
    return read_state_at(*context->state, environment, *parsed);
  }
  auto reading = read_recorded(*context, streams);
  if (!reading) return std::move(reading).error();
  if (reading->state.head) return std::move(reading->state);
  return Error(ErrorCode::not_found,
               fmt::format("nothing was ever recorded in environment '{}'", environment));
}

Result<std::vector<Address>> parse_addresses(const std::vector<std::string>& texts) {
  std::vector<Address> addresses;
  std::vector<Problem> problems;
  for (const std::string& text : texts) {
    auto address = Address::parse(text);
    if (address) {
      addresses.push_back(*std::move(address));
    } else {
      problems.push_back(Problem{"", address.error().message()});
    }
  }
  if (!problems.empty()) return error_of(problems);
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

}  // namespace cemli
