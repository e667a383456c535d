#include "reconciler/report/drift_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/report/output_tail.h"
#include "reconciler/report/wording.h"
#include "state/base/dump_json.h"

namespace cemli {
namespace {

using nlohmann::ordered_json;

constexpr int kDriftFormat = 1;

Paint paint_of(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::in_sync:
      return Paint::green;
    case DriftVerdict::drifted:
      return Paint::yellow;
    case DriftVerdict::unknown:
      return Paint::red;
  }
  return Paint::bold;
}

std::string_view phrase_of(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::in_sync:
      return "in sync";
    case DriftVerdict::drifted:
      return "drifted";
    case DriftVerdict::unknown:
      return "not known";
  }
  return "?";
}

Row row_of(const DriftFinding& finding) {
  constexpr std::size_t kMostLines = 10;
  Row row{{Cell{finding.address.text()}, Cell{finding.version},
           Cell{std::string(phrase_of(finding.verdict)), paint_of(finding.verdict)},
           Cell{printable(finding.summary)}}};
  if (finding.verdict == DriftVerdict::in_sync) return row;
  for (const std::string* stream : {&finding.out, &finding.err}) {
    for (const std::string& line : tail_of(*stream, kMostLines).lines)
      row.below.push_back("| " + line);
  }
  return row;
}

std::string summary_text(const DriftReport& report) {
  std::vector<std::string> parts;
  for (const DriftVerdict verdict :
       {DriftVerdict::drifted, DriftVerdict::unknown, DriftVerdict::in_sync}) {
    const auto count =
        std::count_if(report.findings.begin(), report.findings.end(),
                      [&](const DriftFinding& finding) { return finding.verdict == verdict; });
    if (count > 0) parts.push_back(fmt::format("{} {}", count, phrase_of(verdict)));
  }
  std::string text = joined(parts, ", ") + ".";
  if (const std::size_t count = report.without_check.size(); count > 0) {
    text += fmt::format(" {} {} no step 'check'.", count_of(count, "package"),
                        count == 1 ? "has" : "have");
  }
  return text;
}

}  // namespace

std::string_view word_of(DriftVerdict verdict) {
  return verdict == DriftVerdict::in_sync   ? "in_sync"
         : verdict == DriftVerdict::drifted ? "drifted"
                                            : "unknown";
}

std::string drift_text(const DriftReport& report, const TextStyle& style) {
  std::string text = fmt::format("Environment {}", painted(style, Paint::bold, report.environment));
  if (report.head) {
    text += fmt::format(" beside its record up to log entry {} ({})", report.head->seq,
                        report.head->digest.abbreviated());
  }
  std::vector<Row> rows;
  for (const DriftFinding& finding : report.findings) rows.push_back(row_of(finding));
  return text + "\n\n" + aligned(rows, style, 2) + "\n" + summary_text(report) + "\n";
}

std::string drift_json(const DriftReport& report) {
  ordered_json packages = ordered_json::array();
  for (const DriftFinding& finding : report.findings) {
    packages.push_back({{"address", finding.address.text()},
                        {"version", finding.version},
                        {"verdict", word_of(finding.verdict)},
                        {"summary", finding.summary},
                        {"stdout", finding.out},
                        {"stderr", finding.err}});
  }
  ordered_json basis{{"seq", 0}, {"entry", nullptr}};
  if (report.head) basis = {{"seq", report.head->seq}, {"entry", report.head->digest.hex()}};
  ordered_json without = ordered_json::array();
  for (const Address& address : report.without_check) without.push_back(address.text());
  const ordered_json object{{"format", kDriftFormat},
                            {"environment", report.environment},
                            {"basis", std::move(basis)},
                            {"packages", std::move(packages)},
                            {"without_check", std::move(without)}};
  return dump_pretty(object);
}

}  // namespace cemli
