#include "reconciler/report/run_text.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "reconciler/report/wording.h"
#include "state/base/ascii.h"

namespace cemli {
namespace {

std::vector<Row> header_rows(const RunResult& result) {
  std::vector<Row> rows;
  add_row(rows, "Run", result.run, Paint::bold);
  add_row(rows, "Environment", result.environment);
  add_row(rows, "Outcome", result.outcome, outcome_paint(result.outcome));
  if (!result.why.empty()) add_row(rows, "Why", printable(result.why));
  add_row(rows, "Packages", describe_counts(result.counts));
  add_row(rows, "Commit", result.commit.value_or("the working tree"));
  add_row(rows, "Plan", result.plan.hex());
  add_row(rows, "Started", describe_time(result.start));
  add_row(rows, result.outcome == "running" ? "Last heard of" : "Ended",
          fmt::format("{}, after {}", describe_time(result.end),
                      describe_duration(result.end - result.start)));
  add_row(rows, "By",
          fmt::format("{} on {}, cemli {}", printable(result.principal), printable(result.host),
                      result.version));
  add_row(rows, "Log head", anchor_of(result.head));
  if (result.store_retries > 0)
    add_row(rows, "Stores", count_of(result.store_retries, "request") + " sent again");
  return rows;
}

Row row_of(const RunResultLine& line, const RunResult& result) {
  const bool timed = line.start && line.end;
  Row row{{Cell{line.address.text()}, Cell{std::string(word_of(line.action))}, Cell{line.version},
           Cell{line.status, outcome_paint(line.status)},
           Cell{timed ? describe_duration(*line.end - *line.start) : ""}}};
  if (!line.summary.empty()) row.below.push_back(printable(line.summary));
  if (line.evidence && line.status != "succeeded")
    row.below.push_back(logs_command(result.run, line.address, result.environment));
  return row;
}

std::string label_of(const StepEvidence& step) {
  std::string label = step.part.empty() ? step.step : step.step + "/" + step.part;
  if (step.try_number > 1) label += fmt::format(", try {}", step.try_number);
  return label;
}

std::string ending_of(const StepEvidence& step) {
  std::vector<std::string> parts;
  if (step.timed_out) parts.emplace_back("timed out");
  if (step.returncode) parts.push_back(fmt::format("exit code {}", *step.returncode));
  if (step.signal) parts.push_back(fmt::format("signal {}", *step.signal));
  if (parts.empty()) parts.emplace_back("end not known");
  return joined(parts, ", ") + fmt::format(" after {}", describe_duration(step.end - step.start));
}

/// What a step printed, line by line and harmless.
std::string printable_lines(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines += printable(line) + "\n";
  }
  return lines;
}

std::string stream_text(std::string_view name, const StreamEvidence& stream,
                        const AttemptEvidence& evidence, const TextStyle& style) {
  if (stream.size == 0) return "";
  std::vector<std::string> notes;
  if (stream.dropped > 0)
    notes.push_back(fmt::format("{} of {} bytes were over the limit and are lost", stream.dropped,
                                stream.size));
  if (stream.replaced) notes.emplace_back("bytes that are not UTF-8 are shown as U+FFFD");
  if (stream.file && evidence.files_zip)
    notes.push_back(fmt::format("more in '{}' of {}", *stream.file, evidence.files_zip->key));
  std::string heading = fmt::format("--- {}", name);
  if (!notes.empty()) heading += ": " + joined(notes, "; ");
  return painted(style, Paint::dim, heading) + "\n" + printable_lines(stream.text);
}

std::string hits_text(const StepEvidence& step, const TextStyle& style) {
  if (step.rule_hits.empty()) return "";
  std::string text = painted(style, Paint::dim, "--- success rules") + "\n";
  for (const RuleHitEvidence& hit : step.rule_hits) {
    const bool only_warns = hit.kind == "warn";
    std::string place = hit.line == 0 ? hit.file : fmt::format("{}:{}", hit.file, hit.line);
    if (!place.empty()) place = " " + printable(place) + ":";
    text += fmt::format(
        "{}:{} {} ({})\n", painted(style, only_warns ? Paint::yellow : Paint::red, hit.kind), place,
        hit.text.empty() ? "no line shows success" : printable(hit.text), printable(hit.rule));
  }
  if (step.more_rule_hits > 0) text += fmt::format("and {} more\n", step.more_rule_hits);
  return text;
}

}  // namespace

std::string run_text(const RunResult& result, const TextStyle& style) {
  std::string text = aligned(header_rows(result), style, 0);
  if (result.packages.empty()) return text;
  std::vector<Row> rows{
      Row{{Cell{"ADDRESS", Paint::bold}, Cell{"ACTION", Paint::bold}, Cell{"VERSION", Paint::bold},
           Cell{"STATUS", Paint::bold}, Cell{"TIME", Paint::bold}}}};
  for (const RunResultLine& line : result.packages) rows.push_back(row_of(line, result));
  return text + "\n" + aligned(rows, style, 0);
}

std::string attempt_log_text(const AttemptEvidence& evidence, const TextStyle& style) {
  const std::string_view outcome = word_of(evidence.outcome);
  std::string text =
      fmt::format("{} {}, attempt {} in run {} at {}: {}", evidence.address.text(),
                  evidence.identity.version, evidence.attempt, evidence.run,
                  describe_time(evidence.start), painted(style, outcome_paint(outcome), outcome));
  if (!evidence.summary.empty()) text += ": " + printable(evidence.summary);
  text += '\n';
  for (const StepEvidence& step : evidence.execution) {
    std::vector<std::string> command{shell_word(step.program)};
    for (const std::string& arg : step.args) command.push_back(shell_word(arg));
    const std::string heading = fmt::format("=== {}: {}: {}", label_of(step),
                                            printable(joined(command, " ")), ending_of(step));
    text += "\n" + painted(style, Paint::bold, heading) + "\n";
    text += stream_text("stdout", step.out, evidence, style);
    text += stream_text("stderr", step.err, evidence, style);
    text += hits_text(step, style);
  }
  if (evidence.execution.empty()) text += "No program was started.\n";
  return text;
}

}  // namespace cemli
