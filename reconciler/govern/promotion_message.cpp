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

/// What stands below the subject.
std::string body_of(const PromotionReport& report) {
  std::string message;
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

}  // namespace

std::string promotion_message(const PromotionReport& report,
                              const std::optional<std::string>& subject) {
  return subject.value_or(default_subject(report)) + "\n\n" + body_of(report);
}

RequestWords request_words(const PromotionReport& report,
                           const std::optional<std::string>& subject) {
  std::string text = "```\n" + body_of(report);
  constexpr std::string_view kEnd = "```\n";
  constexpr std::string_view kCut = "… and more, as the commit's message has it\n";
  // A forge takes no longer one.
  if (constexpr std::size_t kMost = 60'000; text.size() > kMost) {
    text.resize(text.rfind('\n', kMost) + 1);
    text += kCut;
  }
  return {subject.value_or(default_subject(report)), text + std::string(kEnd)};
}

}  // namespace cemli
