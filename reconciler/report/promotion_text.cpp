#include "reconciler/report/promotion_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "reconciler/report/wording.h"
#include "state/base/dump_json.h"

namespace cemli {
namespace {

/// The use that succeeded last.
const PromotedUse& newest(const Promotion& promotion) {
  return *std::max_element(
      promotion.uses.begin(), promotion.uses.end(),
      [](const PromotedUse& a, const PromotedUse& b) { return a.time < b.time; });
}

bool goes_back(const Promotion& promotion) {
  return promotion.from && Version::compare(promotion.to, *promotion.from) < 0;
}

bool has_new_content_only(const Promotion& promotion) {
  return promotion.from && *promotion.from == promotion.to;
}

Row row_of(const Promotion& promotion, const std::string& target) {
  const PromotedUse& use = newest(promotion);
  Row row{{Cell{promotion.package},
           promotion.from ? Cell{promotion.from->text()} : Cell{"new", Paint::green},
           Cell{promotion.to.text()}, Cell{use.run.value_or("recorded without a run")},
           Cell{describe_time(use.time)}}};
  if (goes_back(promotion))
    row.below.push_back(fmt::format("goes back: {} has a newer version", target));
  if (has_new_content_only(promotion)) row.below.push_back("with other content");
  if (!promotion.new_instances.empty())
    row.below.push_back("instances: " + joined(promotion.new_instances, ", "));
  return row;
}

std::string table_of(const PromotionReport& report, const TextStyle& style) {
  std::vector<Row> rows{
      Row{{Cell{"PACKAGE", Paint::bold}, Cell{"FROM", Paint::bold}, Cell{"TO", Paint::bold},
           Cell{"RUN", Paint::bold}, Cell{"SUCCEEDED", Paint::bold}}}};
  for (const Promotion& promotion : report.promotions)
    rows.push_back(row_of(promotion, report.target));
  return aligned(rows, style, 2);
}

std::string whereabouts(const PromotionReport& report, PromotionMood mood) {
  const std::string files = joined(report.files, " and ");
  if (mood == PromotionMood::rehearsed) return fmt::format("Would change {}.\n", files);
  std::string text;
  if (!report.commit) {
    text = fmt::format("Changed {}{}.\n", files,
                       report.branch ? fmt::format(" on branch {}", *report.branch) : "");
  } else {
    text = fmt::format("Committed {} as {}{}.\n", files, abbreviated_commit(*report.commit),
                       report.branch ? fmt::format(" on branch {}", *report.branch) : "");
  }
  if (report.pushed_to) text += fmt::format("Pushed to {}.\n", printable(*report.pushed_to));
  if (report.request) {
    text += fmt::format("{} {}\n", report.request->was_open ? "Open already:" : "Opened",
                        printable(report.request->address));
  }
  return text;
}

/// `NAME: a, b, c`, wrapped.
std::string list_of(const std::string& name, const std::vector<std::string>& packages,
                    const TextStyle& style) {
  if (packages.empty()) return "";
  std::string text;
  for (const std::string& line : wrapped(name + ": " + joined(packages, ", "), style.width))
    text += line + "\n";
  return text;
}

}  // namespace

std::string promotion_text(const PromotionReport& report, PromotionMood mood,
                           const TextStyle& style) {
  std::string text;
  if (report.promotions.empty()) {
    text = fmt::format("Nothing to promote: {} has what succeeded in {}.\n", report.target,
                       report.source);
  } else {
    text = fmt::format("{} from {} to {}:\n\n{}\n{}",
                       mood == PromotionMood::rehearsed ? "Would be promoted" : "Promoted",
                       report.source, report.target, table_of(report, style),
                       whereabouts(report, mood));
  }
  text += list_of(fmt::format("Already in {}", report.target), report.up_to_date, style);
  text += list_of(fmt::format("Only in {}; name them to add", report.source), report.only_in_source,
                  style);
  return text;
}

std::string promotion_json(const PromotionReport& report, PromotionMood mood) {
  OrderedJson promoted = OrderedJson::array();
  for (const Promotion& promotion : report.promotions) {
    OrderedJson uses = OrderedJson::array();
    for (const PromotedUse& use : promotion.uses) {
      uses.push_back({{"address", use.address.text()},
                      {"run", or_null(use.run)},
                      {"succeeded", format_timestamp(use.time)}});
    }
    promoted.push_back(
        {{"package", promotion.package},
         {"from", promotion.from ? OrderedJson(promotion.from->text()) : OrderedJson(nullptr)},
         {"to", promotion.to.text()},
         {"content", promotion.content.hex()},
         {"change_ticket", promotion.change_ticket.empty() ? OrderedJson(nullptr)
                                                           : OrderedJson(promotion.change_ticket)},
         {"new_instances", promotion.new_instances},
         {"uses", std::move(uses)}});
  }
  const OrderedJson document{{"format", 1},
                             {"from", report.source},
                             {"to", report.target},
                             {"dry_run", mood == PromotionMood::rehearsed},
                             {"promoted", std::move(promoted)},
                             {"up_to_date", report.up_to_date},
                             {"only_in_source", report.only_in_source},
                             {"files", report.files},
                             {"branch", or_null(report.branch)},
                             {"commit", or_null(report.commit)},
                             {"pushed_to", or_null(report.pushed_to)},
                             {"request", report.request ? OrderedJson(report.request->address)
                                                        : OrderedJson(nullptr)}};
  return dump_pretty(document);
}

}  // namespace cemli
