#include "reconciler/report/doctor_text.h"

#include <catch2/catch.hpp>

#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::check_golden;

Diagnosis diagnosis() {
  Diagnosis found{"prod"};
  found.checks = {
      {"program", "cemli", Health::good, "0.1.0"},
      {"program", "ssh-keygen", Health::note, "not found on PATH", "signatures will need it"},
      {"credentials",
       "OCI",
       Health::good,
       "the API key 73:61 of ocid1.user.oc1..u",
       std::nullopt,
       {{"user", "ocid1.user.oc1..u"}, {"region", "eu-frankfurt-1"}}},
      {"state store", "read", Health::good, "yes"},
      {"state store", "create", Health::wrong,
       "denied: PUT https://x: HTTP 403\nsecond line \x1b[31m",
       "a policy must allow this\ncemli doctor --role planner"},
      {"state store", "create only if absent", Health::untried, "not tried"}};
  return found;
}

}  // namespace

TEST_CASE("a diagnosis reads by subject, with what to do under what is wrong") {
  check_golden("doctor.txt", doctor_text(diagnosis(), TextStyle{}));
}

TEST_CASE("a diagnosis in colour has the same words") {
  check_golden("doctor_color.txt", doctor_text(diagnosis(), TextStyle{true, 100}));
}

TEST_CASE("a diagnosis as JSON has all of it") {
  check_golden("doctor.json", doctor_json(diagnosis()));
}

TEST_CASE("all is well where nothing is wrong, whatever is noted") {
  Diagnosis well = diagnosis();
  CHECK_FALSE(well.is_well());
  well.checks[4].health = Health::note;
  CHECK(well.is_well());
  CHECK(doctor_text(well, TextStyle{}).ends_with("All is well.\n"));
}

}  // namespace cemli
