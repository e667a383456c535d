#include "reconciler/report/json_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/reconciler/plan/states.h"
#include "tests/reconciler/report/recorded_samples.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using nlohmann::json;
using test::check_golden;

TEST_CASE("state list as JSON") {
  check_golden("state_list.json", state_list_json(test::eventful_state()));
}

TEST_CASE("state list as JSON has what scripts rely on") {
  const json document = json::parse(state_list_json(test::quiet_state()));
  CHECK(document.at("format") == 1);
  CHECK(document.at("environment") == "prod");
  CHECK(document.at("seq") == 42);
  REQUIRE(document.at("packages").size() == 2);
  const json& base = document.at("packages").at(1);
  CHECK(base.at("address") == "gl-base");
  CHECK(base.at("status") == "succeeded");
  CHECK(base.at("version") == "1.2.0");
  CHECK(base.at("run") == "20261122T080000Z-aaaaaaaa");
}

TEST_CASE("status as JSON") {
  check_golden("status.json", status_json(test::eventful_state()));
}

TEST_CASE("an environment without an entry is a valid document") {
  RecordedState nothing;
  nothing.environment = "dev";
  CHECK(json::parse(state_list_json(nothing)) ==
        json{{"format", 1}, {"environment", "dev"}, {"seq", 0}, {"packages", json::array()}});
  CHECK(json::parse(status_json(nothing)).at("head") == json{{"seq", 0}, {"entry", nullptr}});
}

TEST_CASE("an address as JSON") {
  check_golden("state_show.json",
               state_show_json(test::eventful_state(), test::at("gl-approval-config")));
}

}  // namespace
}  // namespace cemli
