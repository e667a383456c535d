#include "reconciler/govern/promotion_message.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

Promotion promotion(const std::string& package, std::optional<Version> from, std::string_view to,
                    std::vector<std::string> runs, std::string ticket = "") {
  Promotion promotion{package, std::move(from), Version::parse(to).value(), Digest::of("x")};
  for (std::string& run : runs)
    promotion.uses.push_back({Address::parse(package).value(), std::move(run), {}});
  promotion.change_ticket = std::move(ticket);
  return promotion;
}

PromotionReport report() {
  return {"test",
          "prod",
          {promotion("a", Version::parse("1.0.0").value(), "1.1.0", {"run-2", "run-1"}, "CHG2"),
           promotion("b", std::nullopt, "2.0.0", {"run-1"}, "CHG1"),
           promotion("c", Version::parse("1.0.0").value(), "1.1.0", {}, "CHG1")}};
}

TEST_CASE("the commit's message tells what, from where, by which runs and for which changes") {
  CHECK(promotion_message(report(), std::nullopt) ==
        "Promote 3 packages from test to prod\n\n"
        "a 1.0.0 -> 1.1.0\n"
        "b 2.0.0, new\n"
        "c 1.0.0 -> 1.1.0\n\n"
        "Promoted-From: test\n"
        "Promoted-Run: run-1\n"
        "Promoted-Run: run-2\n"
        "Change-Ticket: CHG1\n"
        "Change-Ticket: CHG2\n");
}

TEST_CASE("one package is named in the subject, and a subject of one's own replaces it") {
  PromotionReport one = report();
  one.promotions.erase(one.promotions.begin() + 1, one.promotions.end());
  CHECK_THAT(promotion_message(one, std::nullopt),
             Catch::StartsWith("Promote a 1.1.0 from test to prod\n\na 1.0.0"));
  CHECK_THAT(promotion_message(one, "Release 42"), Catch::StartsWith("Release 42\n\na 1.0.0"));
}

TEST_CASE("a request has the commit's words, as they are, and no more than a forge takes") {
  PromotionReport long_report = report();
  const RequestWords words = request_words(long_report, "Release 42");
  CHECK(words.title == "Release 42");
  CHECK_THAT(words.text, Catch::StartsWith("```\na 1.0.0 -> 1.1.0\nb 2.0.0, new\n") &&
                             Catch::EndsWith("Change-Ticket: CHG2\n```\n"));
  CHECK(request_words(long_report, std::nullopt).title == "Promote 3 packages from test to prod");
  long_report.promotions.resize(10'000, long_report.promotions.front());
  const std::string cut = request_words(long_report, std::nullopt).text;
  CHECK(cut.size() < 65'536);
  CHECK_THAT(cut, Catch::EndsWith("1.1.0\n… and more, as the commit's message has it\n```\n"));
}

}  // namespace
}  // namespace cemli
