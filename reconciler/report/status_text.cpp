#include "reconciler/report/status_text.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "reconciler/report/wording.h"

namespace cemli {
namespace {

bool is_marked(Status status) {
  return status == Status::tainted || status == Status::drifted;
}

/// Whether the status speaks of the last success rather than of an attempt after it.
bool speaks_of_success(const AddressRecord& record) {
  return record.last_success && (record.status == Status::succeeded || is_marked(record.status));
}

std::string said(const OperatorWord& word) {
  return fmt::format("by {} at {}: {}", printable(word.who), describe_time(word.time),
                     printable(word.why));
}

std::vector<std::string> remarks_on(const Address& address, const AddressRecord& record,
                                    const std::string& environment) {
  std::vector<std::string> lines;
  if (!speaks_of_success(record) && record.last_attempt && !record.last_attempt->summary.empty())
    lines.push_back(printable(record.last_attempt->summary));
  if (!speaks_of_success(record) && record.last_success)
    lines.push_back("last succeeded at " + record.last_success->identity.version);
  if (is_marked(record.status) && record.word)
    lines.push_back(fmt::format("{} {}", word_of(record.status), said(*record.word)));
  if (record.hold) lines.push_back("held " + said(record.hold->word));
  if (!speaks_of_success(record) && record.last_attempt && record.last_attempt->evidence)
    lines.push_back(logs_command(record.last_attempt->run, address, environment));
  return lines;
}

Row row_of(const Address& address, const AddressRecord& record, const std::string& environment) {
  const std::optional<Timestamp> since = since_of(record);
  return Row{
      {Cell{address.text()}, Cell{std::string(word_of(record.status)), paint_of(record.status)},
       Cell{version_of(record)}, Cell{since ? describe_time(*since) : ""},
       Cell{run_of(record).value_or("")}},
      remarks_on(address, record, environment)};
}

void add_active_run(std::vector<Row>& rows, const ActiveRun& active) {
  add_row(rows, "Active run", active.started.run, Paint::yellow);
  add_row(rows, "",
          fmt::format("since {}, by {}", describe_time(active.start),
                      printable(display_name(active.writer))));
  add_row(rows, "",
          fmt::format("process {} on {}, lease {}", active.started.holder.process.pid,
                      printable(active.writer.host), format_duration(active.started.lease)));
}

void add_last_run(std::vector<Row>& rows, const LastRun& last) {
  const bool good = last.outcome == "succeeded";
  add_row(rows, "Last run", fmt::format("{} {}", last.run, last.outcome),
          good ? Paint::green : Paint::red);
  add_row(rows, "", fmt::format("ended {}, by {}", describe_time(last.end), printable(last.who)));
  if (last.outcome != "abandoned") add_row(rows, "", describe_counts(last.counts));
}

std::vector<Row> environment_rows(const RecordedState& recorded) {
  std::vector<Row> rows;
  add_row(rows, "Environment", recorded.environment, Paint::bold);
  add_row(rows, "Log head", recorded.head ? anchor_of(*recorded.head) : "nothing recorded yet");
  if (recorded.suspension) add_row(rows, "Suspended", said(*recorded.suspension), Paint::magenta);
  if (recorded.closed) {
    add_row(rows, "Closed", "goes on in " + printable(recorded.closed->to), Paint::magenta);
    add_row(rows, "", said(recorded.closed->word));
  }
  if (recorded.active_run) add_active_run(rows, *recorded.active_run);
  if (recorded.last_run) add_last_run(rows, *recorded.last_run);
  if (recorded.converged) {
    const Convergence& converged = *recorded.converged;
    add_row(rows, "As desired at",
            fmt::format("{}, by run {}",
                        converged.commit ? "commit " + abbreviated_commit(*converged.commit)
                                         : "a working tree",
                        converged.run));
  }
  return rows;
}

void add_evidence(std::vector<Row>& rows, const std::optional<ObjectReference>& evidence) {
  if (!evidence) return;
  add_row(rows, "  evidence", evidence->key);
  add_row(rows, "", "sha256 " + evidence->digest.hex());
}

void add_attempt(std::vector<Row>& rows, const Attempt& attempt) {
  add_row(rows, "Last attempt",
          fmt::format("{}: {} of {} in run {}", attempt.number, word_of(attempt.action),
                      attempt.identity.version, attempt.run));
  add_row(rows, "  started", describe_time(attempt.started));
  add_row(rows, "  ended", attempt.ended ? describe_time(*attempt.ended) : "not known");
  if (!attempt.summary.empty()) add_row(rows, "  outcome", printable(attempt.summary));
  add_evidence(rows, attempt.evidence);
}

void add_success(std::vector<Row>& rows, const Success& success) {
  add_row(rows, "Last success",
          success.run && success.attempt
              ? fmt::format("attempt {}: {} in run {}", *success.attempt, success.identity.version,
                            *success.run)
              : fmt::format("{}, recorded without a run", success.identity.version));
  add_row(rows, success.run ? "  ended" : "  recorded",
          success.duration ? fmt::format("{}, after {}", describe_time(success.end),
                                         describe_duration(*success.duration))
                           : describe_time(success.end));
  add_row(rows, "  identity", success.identity.digest().hex());
  add_row(rows, "  content", success.identity.content.hex());
  std::string name = "  parameters";
  for (const auto& [parameter, value] : success.identity.parameters) {
    add_row(rows, std::exchange(name, ""),
            fmt::format("{} = {}", parameter, printable(describe_value(value))));
  }
  if (!success.depends_on.empty()) add_row(rows, "  depends on", joined(success.depends_on));
  if (!success.abilities.empty()) add_row(rows, "  also has", joined(success.abilities, ", "));
  add_evidence(rows, success.evidence);
}

}  // namespace

Paint paint_of(Status status) {
  switch (status) {
    case Status::succeeded:
      return Paint::green;
    case Status::not_started:
      return Paint::dim;
    case Status::running:
    case Status::tainted:
    case Status::drifted:
    case Status::interrupted:
      return Paint::yellow;
    case Status::failed:
    case Status::error:
    case Status::rolled_back:
      return Paint::red;
  }
  return Paint::bold;
}

bool is_listed(const AddressRecord& record) {
  return record.status != Status::not_started || record.hold;
}

std::string version_of(const AddressRecord& record) {
  if (!speaks_of_success(record) && record.last_attempt)
    return record.last_attempt->identity.version;
  return record.last_success ? record.last_success->identity.version : "";
}

std::optional<Timestamp> since_of(const AddressRecord& record) {
  if (is_marked(record.status) && record.word) return record.word->time;
  if (speaks_of_success(record)) return record.last_success->end;
  if (!record.last_attempt) return std::nullopt;
  return record.last_attempt->ended.value_or(record.last_attempt->started);
}

std::optional<RunId> run_of(const AddressRecord& record) {
  if (speaks_of_success(record)) return record.last_success->run;
  if (!record.last_attempt) return std::nullopt;
  return record.last_attempt->run;
}

std::string state_list_text(const RecordedState& recorded, const TextStyle& style) {
  std::vector<Row> rows{
      Row{{Cell{"ADDRESS", Paint::bold}, Cell{"STATUS", Paint::bold}, Cell{"VERSION", Paint::bold},
           Cell{"SINCE", Paint::bold}, Cell{"RUN", Paint::bold}}}};
  for (const auto& [address, record] : recorded.addresses) {
    if (is_listed(record)) rows.push_back(row_of(address, record, recorded.environment));
  }
  if (rows.size() == 1) return "Nothing is recorded of any package.\n";
  return aligned(rows, style, 0);
}

std::string status_text(const RecordedState& recorded, const TextStyle& style) {
  return aligned(environment_rows(recorded), style, 0) + "\n" + state_list_text(recorded, style);
}

std::string state_show_text(const Address& address, const AddressRecord& record,
                            const std::string& environment, const TextStyle& style) {
  std::vector<Row> rows;
  add_row(rows, "Address", address.text(), Paint::bold);
  add_row(rows, "Environment", environment);
  add_row(rows, "Status", std::string(word_of(record.status)), paint_of(record.status));
  if (record.word) add_row(rows, "", "said " + said(*record.word));
  if (record.hold) add_row(rows, "Held", said(record.hold->word), Paint::magenta);
  add_row(rows, "Attempts", std::to_string(record.attempts));
  if (record.last_attempt) add_attempt(rows, *record.last_attempt);
  if (record.last_success) add_success(rows, *record.last_success);
  return aligned(rows, style, 0);
}

}  // namespace cemli
