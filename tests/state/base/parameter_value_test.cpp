#include "state/base/parameter_value.h"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

namespace cemli {
namespace {

using nlohmann::json;
using List = std::vector<ScalarValue>;

TEST_CASE("a number without a fraction is an integer") {
  CHECK(number_value(2.0) == ParameterValue(std::int64_t{2}));
  CHECK(number_value(-0.0) == ParameterValue(std::int64_t{0}));
  CHECK(number_value(-9223372036854775808.0) ==
        ParameterValue(std::numeric_limits<std::int64_t>::min()));
  CHECK(number_value(0.1) == ParameterValue(0.1));
  for (const double number : {9223372036854775808.0, 1e300, -1e300})
    CHECK_FALSE(number_value(number));
  CHECK_FALSE(number_value(std::numeric_limits<double>::infinity()));
  CHECK_FALSE(number_value(std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("values are read back from their JSON as they were") {
  const Parameters parameters{{"text", "1"},
                              {"integer", std::int64_t{-5}},
                              {"number", 1e-7},
                              {"yes", true},
                              {"no", false},
                              {"empty", List{}},
                              {"list", List{"a", std::int64_t{1}, 0.1, true}}};
  const json object = json::parse(json_of(parameters).dump());
  Parameters back;
  for (const auto& item : object.items()) {
    const auto value = parameter_value_of(item.value());
    REQUIRE(value);
    back[item.key()] = *value;
  }
  CHECK(back == parameters);
}

TEST_CASE("what is no value of a parameter is none") {
  for (const char* text :
       {"null", "{}", "[null]", "[[1]]", "[{}]", "18446744073709551615", "1e300", "\"a\\u0000\""})
    CHECK_FALSE(parameter_value_of(json::parse(text)));
}

TEST_CASE("programs get strings as they are and all else as JSON") {
  CHECK(parameter_text("a \"b\"") == "a \"b\"");
  CHECK(parameter_text(std::int64_t{-5}) == "-5");
  CHECK(parameter_text(1e-7) == "1e-7");
  CHECK(parameter_text(true) == "true");
  CHECK(parameter_text(List{"a \"b\"", std::int64_t{1}, 2.5, false}) ==
        R"(["a \"b\"",1,2.5,false])");
}

TEST_CASE("people see strings in quotes") {
  CHECK(describe_value("A4") == "'A4'");
  CHECK(describe_value(std::int64_t{5000}) == "5000");
  CHECK(describe_value(List{"A4", true}) == R"(["A4",true])");
}

}  // namespace
}  // namespace cemli
