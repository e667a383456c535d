#include "reconciler/report/reasons_text.h"

#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using Details = std::map<std::string, std::string>;

const Details kAttempt{{"run", "20261123T021455Z-6f3a9c21"},
                       {"time", "2026-11-23T02:14:55.000Z"},
                       {"attempt", "2"},
                       {"summary", "run: exit code 3"}};
const Details kWord{
    {"who", "jane@ops-1"}, {"why", "month end"}, {"time", "2026-11-23T09:30:00.000Z"}};

Details with(Details details, const Details& more) {
  details.insert(more.begin(), more.end());
  return details;
}

std::vector<Reason> reasons_of_every_code() {
  const Details unfinished{
      {"run", "20261123T021455Z-6f3a9c21"}, {"time", "2026-11-23T02:14:55.000Z"}, {"attempt", "2"}};
  return {
      {"new"},
      {"version_changed", {{"from", "1.4.1"}, {"to", "1.4.2"}}},
      {"parameter_changed", {{"name", "limit"}, {"from", 5000}, {"to", 6000}}},
      {"parameter_changed", {{"name", "template"}, {"from", "A4"}, {"to", "A 5"}}},
      {"parameter_added", {{"name", "limit"}, {"to", 6000}}},
      {"parameter_removed", {{"name", "limit"}, {"from", 5000}}},
      {"rerun_on_changed", {{"name", "secret ERP"}, {"from", "v1"}, {"to", "v2"}}},
      {"rerun_on_changed", {{"name", "secret ERP"}, {"to", "v2"}}},
      {"rerun_on_changed", {{"name", "secret ERP"}, {"from", "v1"}}},
      {"failed_before", {{"version", "1.4.2"}}, kAttempt},
      {"failed_before", {{"version", "1.4.2"}}, with(kAttempt, {{"action", "remove"}})},
      {"error_before", {{"version", "1.4.2"}}, kAttempt},
      {"rolled_back_before", {{"version", "1.4.2"}}, kAttempt},
      {"interrupted_before", {{"version", "1.4.2"}}, unfinished},
      {"interrupted_before", {{"version", "1.4.2"}}, with(unfinished, {{"running", "yes"}})},
      {"resolved_to_retry", {{"version", "1.4.2"}}, with(unfinished, kWord)},
      {"interrupted_not_idempotent", {{"version", "1.4.2"}}, unfinished},
      {"interrupted_not_idempotent",
       {{"version", "1.4.2"}},
       with(unfinished, {{"running", "yes"}})},
      {"failed_unchanged", {{"version", "1.4.2"}}, kAttempt},
      {"tainted", {}, kWord},
      {"drifted", {}, kWord},
      {"drifted"},
      {"held", {}, kWord},
      {"suspended", {}, kWord},
      {"dependency_blocked", {{"address", "gl-base"}}, with(unfinished, {{"cause", "gl-base"}})},
      {"dependency_blocked", {{"address", "gl-mid"}}, with(unfinished, {{"cause", "gl-base"}})},
      {"dependency_failed", {{"address", "gl-base"}}, with(kAttempt, {{"cause", "gl-base"}})},
      {"dependency_held", {{"address", "gl-base"}}, with(kWord, {{"cause", "gl-base"}})},
      {"undesired", {{"version", "1.4.2"}}},
      {"undesired_no_uninstall", {{"version", "1.4.2"}}},
      {"undesired_never_succeeded", {{"version", "1.4.2"}}, with(kAttempt, {{"status", "failed"}})},
      {"undesired_never_succeeded"},
      {"dependent_blocked", {{"address", "gl-mid"}}},
      {"a_code_of_a_newer_planner"},
  };
}

TEST_CASE("every reason reads as a sentence, with the command that helps") {
  std::string text;
  for (const Reason& reason : reasons_of_every_code()) {
    text += reason_text(reason) + "\n";
    if (const auto command = reason_command(reason, test::at("l10n[FR]"), "prod"))
      text += "  " + *command + "\n";
  }
  test::check_golden("reasons_text.txt", text);
}

TEST_CASE("what somebody wrote cannot move the cursor or break the line") {
  const Reason reason{"held", {}, {{"who", "x"}, {"why", "a\x1b[2Jb\nc"}, {"time", "soon"}}};
  CHECK(reason_text(reason) == "held by x at soon: a\\x1b[2Jb\\x0ac");
}

}  // namespace
}  // namespace cemli
