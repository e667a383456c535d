#include "reconciler/report/status_text.h"

#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"
#include "tests/reconciler/report/recorded_samples.h"
#include "tests/reconciler/report/styles.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::at;
using test::check_golden;
using test::kColor;
using test::kPlain;

TEST_CASE("status tells the environment, the runs and each address") {
  check_golden("status.txt", status_text(test::eventful_state(), kPlain));
}

TEST_CASE("status in colour") {
  check_golden("status_color.txt", status_text(test::eventful_state(), kColor));
}

TEST_CASE("status of an environment that is as desired is short") {
  check_golden("status_quiet.txt", status_text(test::quiet_state(), kPlain));
}

TEST_CASE("status of an environment without an entry says that nothing is recorded") {
  RecordedState nothing;
  nothing.environment = "dev";
  check_golden("status_empty.txt", status_text(nothing, kPlain));
}

TEST_CASE("an abandoned run has no counts") {
  RecordedState recorded = test::quiet_state();
  recorded.last_run->outcome = "abandoned";
  recorded.last_run->counts = {};
  check_golden("status_abandoned.txt", status_text(recorded, kPlain));
}

TEST_CASE("the list of addresses") {
  check_golden("state_list.txt", state_list_text(test::eventful_state(), kPlain));
}

TEST_CASE("all that is recorded of an address") {
  const RecordedState recorded = test::eventful_state();
  std::string text;
  for (const char* address : {"gl-approval-config", "fr-l10n[FR]", "hr-stopped", "hr-drift"}) {
    text += state_show_text(at(address), recorded.addresses.at(at(address)), "prod", kPlain) + "\n";
  }
  check_golden("state_show.txt", text);
}

TEST_CASE("an address in colour") {
  const RecordedState recorded = test::eventful_state();
  check_golden("state_show_color.txt",
               state_show_text(at("gl-approval-config"),
                               recorded.addresses.at(at("gl-approval-config")), "prod", kColor));
}

}  // namespace
}  // namespace cemli
