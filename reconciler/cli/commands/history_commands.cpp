#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/operator_session.h"
#include "reconciler/report/diff_text.h"
#include "reconciler/report/history_text.h"
#include "reconciler/report/wording.h"
#include "state/history_reader.h"
#include "state/past_state.h"

namespace cemli {
namespace {

/// Whether the word can only mean a run: `latest`, or the start of an id.
bool names_run(const std::string& word) {
  constexpr std::size_t kDate = 8;
  if (word == "latest") return true;
  return word.size() > kDate && word[kDate] == 'T' &&
         std::all_of(word.begin(), word.begin() + kDate,
                     [](char c) { return c >= '0' && c <= '9'; });
}

/// What the run left behind.
Result<DiffSide> side_of_run(const GlobalOptions& global, const std::string& word,
                             Streams& streams) {
  auto session = OperatorSession::open_record(global, streams);
  if (!session) return std::move(session).error();
  EnvironmentContext& context = session->context;
  auto run = find_run(context, session->recorded(), word);
  if (!run) return std::move(run).error();
  auto recorded = read_state_after(*context.state, context.settings.environment, *run);
  if (!recorded) return std::move(recorded).error();
  return diff_side(fmt::format("as run {} left it", *run), *recorded);
}

/// What the commit desires.
Result<DiffSide> side_of_commit(const GlobalOptions& global, const std::string& revision) {
  auto context = open_environment(global, revision);
  if (!context) return std::move(context).error();
  auto desired = load_desired(*context);
  if (!desired) return std::move(desired).error();
  return diff_side(fmt::format("as desired at commit {}",
                               abbreviated_commit(context->commit.value_or(revision))),
                   *desired);
}

Result<DiffSide> side_of_word(const GlobalOptions& global, const std::string& word,
                              Streams& streams) {
  return names_run(word) ? side_of_run(global, word, streams) : side_of_commit(global, word);
}

Result<DiffSide> side_of_environment(const GlobalOptions& global, const std::string& environment,
                                     Streams& streams) {
  auto recorded = recorded_of(global, environment, std::nullopt, streams);
  if (!recorded) return std::move(recorded).error();
  return diff_side("as recorded in " + environment, *recorded);
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const HistoryCommand& command,
                               Streams& streams) {
  std::optional<Address> address;
  if (command.address) {
    auto parsed = Address::parse(*command.address);
    if (!parsed) return std::move(parsed).error();
    address = *std::move(parsed);
  }
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  auto history =
      read_history(*context->state, context->settings.environment, address, command.limit);
  if (!history) return std::move(history).error();
  streams.out << (command.output == Output::json ? history_json(*history)
                                                 : history_text(*history, streams.out_style));
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const DiffCommand& command,
                               Streams& streams) {
  const bool of_environments = command.from && command.to;
  if (!of_environments && command.sides.size() != 2) {
    return Error(ErrorCode::usage, "there are not two sides to compare")
        .with_hint("cemli diff --help");
  }
  auto from = of_environments ? side_of_environment(global, *command.from, streams)
                              : side_of_word(global, command.sides.at(0), streams);
  if (!from) return std::move(from).error();
  auto to = of_environments ? side_of_environment(global, *command.to, streams)
                            : side_of_word(global, command.sides.at(1), streams);
  if (!to) return std::move(to).error();
  streams.out << (command.output == Output::json ? diff_json(*from, *to)
                                                 : diff_text(*from, *to, streams.out_style));
  return ExitStatus::done;
}

}  // namespace cemli
