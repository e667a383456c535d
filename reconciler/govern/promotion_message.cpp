#include "reconciler/govern/promotion_message.h"

#include <fmt/format.h>

#include <set>

namespace cemli {
namespace {

std::string default_subject(const PromotionReport& report) {
  const std::string way = fmt::format("from {} to {}", report.source, report.target);
  if (report.promotions.size() != 1)
    return fmt::format("Promote {} packages {}", report.promotions.size(), way);
  const Promotion& only = report.promotions.front();
  return fmt::format("Promote {} {} {}", only.package, only.to.text(), way);
}

}  // namespace

std::string promotion_message(const PromotionReport& report,
                              const std::optional<std::string>& subject) {
  std::string message = subject.value_or(default_subject(report)) + "\n\n";
  std::set<std::string> runs;
  std::set<std::string> tickets;
  for (const Promotion& promotion : report.promotions) {
    message += promotion.from ? fmt::format("{} {} -> {}\n", promotion.package,
                                            promotion.from->text(), promotion.to.text())
                              : fmt::format("{} {}, new\n", promotion.package, promotion.to.text());
    for (const PromotedUse& use : promotion.uses) {
      if (use.run) runs.insert(*use.run);
    }
    if (!promotion.change_ticket.empty()) tickets.insert(promotion.change_ticket);
  }
  message += fmt::format("\nPromoted-From: {}\n", report.source);
  for (const std::string& run : runs) message += fmt::format("Promoted-Run: {}\n", run);
  for (const std::string& ticket : tickets) message += fmt::format("Change-Ticket: {}\n", ticket);
  return message;
}

}  // namespace cemli
