#include "state/past_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "state/log.h"
#include "state/object_names.h"

namespace cemli {
namespace {

/// What becomes of an entry, and whether it is the last one.
enum class Step { take, take_as_last, stop_before };

Result<RecordedState> fold_while(Store& store, const std::string& environment,
                                 const std::function<Step(const Entry&)>& judge) {
  LogReading reading;
  reading.state.environment = environment;
  for (;;) {
    const std::string key = log_key(environment, reading.state.seq() + 1);
    auto bytes = store.get(key);
    if (!bytes) return std::move(bytes).error().while_doing("reading the log");
    if (!*bytes) return std::move(reading.state);
    auto entry = decode_entry(**bytes);
    if (!entry) return std::move(entry).error().while_doing(fmt::format("'{}'", key));
    const Step step = judge(*entry);
    if (step == Step::stop_before) return std::move(reading.state);
    if (auto folded = fold_bytes(store, reading, **bytes); !folded)
      return std::move(folded).error();
    if (step == Step::take_as_last) return std::move(reading.state);
  }
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool ends_run(const Event& event, const RunId& run) {
  if (const auto* finished = std::get_if<RunFinished>(&event)) return finished->run == run;
  const auto* abandoned = std::get_if<RunAbandoned>(&event);
  return abandoned != nullptr && abandoned->run == run;
}

}  // namespace

Result<LogPoint> parse_log_point(std::string_view text) {
  if (const auto seq = number_in(text); seq && *seq > 0) return LogPoint(*seq);
  std::string time(text);
  if (time.size() > 10 && time[10] == ' ') time[10] = 'T';
  if (time.ends_with('Z')) time.pop_back();
  constexpr std::string_view kLatest = "0000-00-00T23:59:59.999";
  // Without its seconds a time is not over before the minute is.
  for (const std::size_t size : {10UL, 16UL, 19UL}) {
    if (time.size() == size) time += kLatest.substr(size);
  }
  if (auto parsed = parse_timestamp(time + "Z")) return LogPoint(*parsed);
  return Error(ErrorCode::usage, fmt::format("'{}' is neither an entry's number nor a time such as "
                                             "2026-11-23T06:41:05Z or 2026-11-23",
                                             text));
}

Result<RecordedState> read_state_at(Store& store, const std::string& environment,
                                    const LogPoint& point) {
  const auto* time = std::get_if<Timestamp>(&point);
  const auto* seq = std::get_if<std::uint64_t>(&point);
  auto state = fold_while(store, environment, [time, seq](const Entry& entry) {
    if (time != nullptr) return entry.time > *time ? Step::stop_before : Step::take;
    return entry.seq == *seq ? Step::take_as_last : Step::take;
  });
  if (!state) return state;
  if (!state->head) {
    return Error(ErrorCode::not_found,
                 time != nullptr
                     ? fmt::format("nothing was recorded in environment '{}' by {}", environment,
                                   format_timestamp(*time))
                     : fmt::format("nothing was ever recorded in environment '{}'", environment));
  }
  if (seq != nullptr && state->seq() < *seq) {
    return Error(ErrorCode::not_found, fmt::format("the log of environment '{}' ends with entry {}",
                                                   environment, state->seq()));
  }
  return state;
}

Result<RecordedState> read_state_after(Store& store, const std::string& environment,
                                       const RunId& run) {
  bool is_known = false;
  auto state = fold_while(store, environment, [&](const Entry& entry) {
    is_known = is_known || entry.writer.run == run;
    const bool ends = std::any_of(entry.events.begin(), entry.events.end(),
                                  [&run](const Event& event) { return ends_run(event, run); });
    return ends ? Step::take_as_last : Step::take;
  });
  if (!state || is_known) return state;
  return Error(ErrorCode::not_found,
               fmt::format("the log of environment '{}' does not know run '{}'", environment, run));
}

}  // namespace cemli
