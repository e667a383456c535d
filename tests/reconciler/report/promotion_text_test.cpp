#include "reconciler/report/promotion_text.h"

#include <catch2/catch.hpp>

#include "tests/support/golden.h"

namespace cemli {
namespace {

Timestamp time_of(std::string_view text) {
  return parse_timestamp(text).value();
}

PromotedUse use(std::string_view address, std::optional<std::string> run, std::string_view time) {
  return {Address::parse(address).value(), std::move(run), time_of(time)};
}

Version version(std::string_view text) {
  return Version::parse(text).value();
}

/// Three packages: one that was changed, one that is new with instances, one that goes back.
PromotionReport release() {
  PromotionReport report{"test", "prod"};
  report.promotions = {{"gl-base",
                        version("1.4.1"),
                        version("1.4.2"),
                        Digest::of("gl"),
                        {},
                        {use("gl-base", "20261123T064105Z-6f3a9c21", "2026-11-23T06:42:10.000Z")},
                        "CHG0012345"},
                       {"l10n",
                        std::nullopt,
                        version("2.0.1"),
                        Digest::of("l10n"),
                        {"DE", "FR"},
                        {use("l10n[DE]", "20261123T064105Z-6f3a9c21", "2026-11-23T06:43:00.000Z"),
                         use("l10n[FR]", "20261124T010000Z-aaaaaaaa", "2026-11-24T01:00:01.000Z")}},
                       {"vat-rates",
                        version("3.0.0"),
                        version("2.9.0"),
                        Digest::of("vat"),
                        {},
                        {use("vat-rates", std::nullopt, "2026-11-20T10:00:00.000Z")}}};
  report.only_in_source = {"ap-terms", "po-load"};
  report.files = {"environments/prod.yaml", "environments/prod.lock.json"};
  return report;
}

TEST_CASE("a promotion is told as a table of what goes where") {
  test::check_golden("promotion.txt", promotion_text(release(), PromotionMood::done, {}));
}

TEST_CASE("a promotion in colour, committed and pushed") {
  PromotionReport report = release();
  report.branch = "release-42";
  report.commit = "0123456789abcdef0123456789abcdef01234567";
  report.pushed_to = "origin";
  test::check_golden("promotion_color.txt",
                     promotion_text(report, PromotionMood::done, {true, 100}));
}

TEST_CASE("a promotion as JSON") {
  test::check_golden("promotion.json", promotion_json(release(), PromotionMood::rehearsed));
}

TEST_CASE("nothing to promote is said, with what could be named") {
  PromotionReport report{"test", "prod"};
  CHECK(promotion_text(report, PromotionMood::done, {}) ==
        "Nothing to promote: prod has what succeeded in test.\n");
  report.up_to_date = {"a", "b"};
  report.only_in_source = {"n"};
  CHECK(promotion_text(report, PromotionMood::rehearsed, {}) ==
        "Nothing to promote: prod has what succeeded in test.\n"
        "Already in prod: a, b\n"
        "Only in test; name them to add: n\n");
}

TEST_CASE("a rehearsal says what it would change, and new content under one version is marked") {
  PromotionReport report = release();
  report.promotions.erase(report.promotions.begin() + 1, report.promotions.end());
  report.promotions.front().from = report.promotions.front().to;
  report.only_in_source.clear();
  report.files.resize(1);
  const std::string text = promotion_text(report, PromotionMood::rehearsed, {});
  CHECK_THAT(text, Catch::StartsWith("Would be promoted from test to prod:\n"));
  CHECK_THAT(text, Catch::Contains("\n      with other content\n"));
  CHECK_THAT(text, Catch::EndsWith("\nWould change environments/prod.yaml.\n"));
}

}  // namespace
}  // namespace cemli
