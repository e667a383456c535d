#include "reconciler/report/drift_text.h"

#include <catch2/catch.hpp>

#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::check_golden;

DriftReport report() {
  const auto at = [](const char* text) { return Address::parse(text).value(); };
  return {"prod",
          Head{42, Digest::of("entry 42")},
          {{at("gl-approval-config"), "1.4.2", DriftVerdict::drifted, "check: exit code 2", "",
            "a journal of 25001 needs 0 approver(s), should need 1\n"},
           {at("gl-base"), "1.2.0", DriftVerdict::in_sync, "", "all is there\n", ""},
           {at("l10n[FR]"), "2.0.1", DriftVerdict::unknown, "check: exit code 1", "",
            "\x1b[31mcannot connect\n"}},
          {at("vat-report")}};
}

}  // namespace

TEST_CASE("drift reads as findings, with what checks said of what is not in sync") {
  check_golden("drift.txt", drift_text(report(), TextStyle{}));
}

TEST_CASE("drift in colour has the same words") {
  check_golden("drift_color.txt", drift_text(report(), TextStyle{true, 100}));
}

TEST_CASE("drift as JSON has all that checks said") {
  check_golden("drift.json", drift_json(report()));
}

}  // namespace cemli
