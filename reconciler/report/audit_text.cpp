#include "reconciler/report/audit_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reconciler/report/wording.h"
#include "state/base/dump_json.h"

namespace cemli {

std::string audit_text(const AuditReport& report, const TextStyle& style) {
  std::string text =
      fmt::format("{} of environment '{}', log {}\n", painted(style, Paint::bold, "Audit"),
                  report.environment, report.log.value_or("(none)"));
  text += fmt::format("  read: {}, {}, {}, {}, {}\n", count_of(report.entries, "log entry"),
                      count_of(report.checkpoints, "checkpoint"), count_of(report.runs, "run"),
                      count_of(report.attempts, "attempt"),
                      count_of(report.objects, "evidence object"));
  if (report.head) text += fmt::format("  head: {}\n", anchor_of(*report.head));
  if (report.closed) text += fmt::format("  closed: goes on in {}\n", printable(report.closed->to));
  if (report.findings.empty())
    return text + painted(style, Paint::green, "Everything is as it was recorded.") + "\n";
  for (const Finding& finding : report.findings)
    text += fmt::format("  {} {}\n      {}\n", painted(style, Paint::red, "!"),
                        printable(finding.object), printable(finding.what));
  return text +
         painted(style, Paint::red,
                 fmt::format("Found {}. The record is not what was written.",
                             count_of(report.findings.size(), "problem"))) +
         "\n";
}

std::string export_text(const RunExport& exported, const std::string& file) {
  std::string text = fmt::format("Exported run {} to '{}'\n", exported.run, file);
  text +=
      fmt::format("  holds: {} ({} to {}), {}, {}\n", count_of(exported.entries, "log entry"),
                  exported.first, exported.head.seq, count_of(exported.objects, "evidence object"),
                  count_of(exported.signatures, "signature"));
  if (exported.unnamed_objects > 0) {
    text += fmt::format(
        "  {} of them named by no entry, as the run was cut short: they prove nothing\n",
        exported.unnamed_objects);
  }
  return text + fmt::format(
                    "  head: {}\nKeep the head apart from the archive; the README in it tells how "
                    "both are checked.\n",
                    anchor_of(exported.head));
}

std::string audit_json(const AuditReport& report) {
  using Json = nlohmann::ordered_json;
  Json findings = Json::array();
  for (const Finding& finding : report.findings)
    findings.push_back({{"object", finding.object}, {"what", finding.what}});
  const Json head = report.head
                        ? Json({{"seq", report.head->seq}, {"entry", report.head->digest.hex()}})
                        : Json(nullptr);
  const Json document{{"format", 1},
                      {"environment", report.environment},
                      {"log", report.log ? Json(*report.log) : Json(nullptr)},
                      {"head", head},
                      {"closed", report.closed ? Json({{"to", report.closed->to},
                                                       {"who", report.closed->word.who},
                                                       {"why", report.closed->word.why}})
                                               : Json(nullptr)},
                      {"entries", report.entries},
                      {"checkpoints", report.checkpoints},
                      {"runs", report.runs},
                      {"attempts", report.attempts},
                      {"objects", report.objects},
                      {"findings", std::move(findings)}};
  return dump_pretty(document);
}

}  // namespace cemli
