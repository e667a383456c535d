#include "reconciler/report/history_text.h"

#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::at;

Timestamp minute(int number) {
  return *parse_timestamp("2026-11-23T06:00:00.000Z") + std::chrono::minutes(number);
}

Passage word(std::uint64_t seq, std::vector<Event> events) {
  return {seq, minute(static_cast<int>(seq)), "jane@desk", WordPassage{std::move(events)}};
}

PackageAdopted adopted(std::string_view address) {
  return {Identity{at(address), "1.0.0", Digest::of("content")}, {}, {}, "went live by hand"};
}

EnvironmentHistory sample() {
  std::vector<Passage> passages;
  passages.push_back({60, minute(60), "pipeline@runner-7",
                      RunPassage{"20261123T070000Z-0b1c2d3e", "running", {}, {}, "", {}}});
  passages.push_back(
      word(52, {LogOpened{"file:/srv/state", "s3://acme/dev-state", "to the cloud"}}));
  passages.push_back(word(51, {LogClosed{"s3://acme/dev-state", "to the cloud"}}));
  passages.push_back(word(50, {EnvironmentRefreshed{"prod",
                                                    41,
                                                    Digest::of("entry"),
                                                    {"dev/refreshes/x.json", Digest::of("copy")},
                                                    "cloned"}}));
  passages.push_back(word(49, {EnvironmentResumed{"books closed"}}));
  passages.push_back(word(48, {EnvironmentSuspended{"quarter end"}}));
  passages.push_back(word(47, {PackageReleased{at("gl-base"), "audit is over"}}));
  passages.push_back(word(46, {PackageHeld{at("gl-base"), Digest::of("1"), "audit"},
                               PackageHeld{at("l10n[FR]"), Digest::of("2"), "audit"}}));
  passages.push_back(word(45, {PackageResolved{at("po"), "20261123T064105Z-6f3a9c21", 2,
                                               Resolution::succeeded, "all rows are there"}}));
  passages.push_back(word(44, {RunAbandoned{"20261123T064105Z-6f3a9c21", "unlocked: it burnt"}}));
  passages.push_back({42, minute(42), "pipeline@runner-7",
                      RunPassage{"20261123T064105Z-6f3a9c21",
                                 "failed",
                                 {27, 1, 0, 0, 2, 0},
                                 "4c1f0a77b5d0c3a1e6f2f8f9a0b1c2d3e4f50617",
                                 "release \x1b[31m42",
                                 minute(45)}});
  passages.push_back(word(9, {PackageMoved{at("l10n"), at("l10n[FR]"), std::nullopt, "split"}}));
  passages.push_back(word(8, {PackageForgotten{at("vat"), "removed by hand"}}));
  passages.push_back(word(7, {PackageDrifted{at("vat"), "a column is gone"}}));
  passages.push_back(word(6, {PackageTainted{at("vat"), "restored"}}));
  passages.push_back(word(5, {adopted("a"), adopted("b")}));
  passages.push_back(word(
      4, {adopted("c"), adopted("d"), adopted("e"), adopted("f"), adopted("g"), adopted("h")}));
  return {"prod", std::nullopt, std::move(passages), 3};
}

EnvironmentHistory sample_of_address() {
  std::vector<Passage> passages;
  passages.push_back({60, minute(60), "pipeline@runner-7",
                      AttemptPassage{"20261123T070000Z-0b1c2d3e", ActionKind::retry, "1.4.2", 2,
                                     "succeeded", "", minute(61)}});
  passages.push_back(word(50, {PackageTainted{at("gl-base"), "restored"}}));
  passages.push_back({42, minute(42), "pipeline@runner-7",
                      AttemptPassage{"20261123T064105Z-6f3a9c21", ActionKind::run, "1.4.2", 1,
                                     "failed", "run: exit code 3", minute(43)}});
  return {"prod", at("gl-base"), std::move(passages), 0};
}

TEST_CASE("history tells what happened, by whom and why") {
  test::check_golden("history.txt", history_text(sample(), {}));
}

TEST_CASE("history in colour") {
  test::check_golden("history_color.txt", history_text(sample(), {true, 100}));
}

TEST_CASE("history as JSON") {
  test::check_golden("history.json", history_json(sample()));
}

TEST_CASE("an address's history tells its attempts") {
  test::check_golden("history_address.txt", history_text(sample_of_address(), {}));
}

TEST_CASE("an address's history as JSON") {
  test::check_golden("history_address.json", history_json(sample_of_address()));
}

TEST_CASE("where nothing happened, history says so") {
  CHECK(history_text({"prod", std::nullopt, {}, 0}, {}) == "Nothing was ever recorded.\n");
  CHECK(history_text({"prod", at("a"), {}, 0}, {}) == "Nothing was ever recorded of a.\n");
  CHECK(history_json({"prod", std::nullopt, {}, 0}).ends_with("\"passages\": []\n}\n"));
}

}  // namespace
}  // namespace cemli
