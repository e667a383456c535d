#include "reconciler/desired/core_schema.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

TEST_CASE("integers are read after the YAML core schema") {
  CHECK(*core_integer("0") == 0);
  CHECK(*core_integer("+12") == 12);
  CHECK(*core_integer("-12") == -12);
  CHECK(*core_integer("007") == 7);
  CHECK(*core_integer("0o17") == 15);
  CHECK(*core_integer("0x1F") == 31);
  CHECK(*core_integer("9223372036854775807") == INT64_MAX);
  CHECK(*core_integer("-9223372036854775808") == INT64_MIN);
}

TEST_CASE("what is no integer says so") {
  for (const std::string text : {"", "-", "+", "--1", "+-1", "1.0", "1e3", "abc", "0x", "0xG",
                                 "0o8", "-0x1", "0x-1", "1_000", " 1", "1 "}) {
    const auto read = core_integer(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().message() == "'" + text + "' is not an integer");
  }
}

TEST_CASE("an integer beyond 64 bits says so") {
  for (const std::string text : {"9223372036854775808", "-9223372036854775809",
                                 "0x8000000000000000", "99999999999999999999999999"}) {
    const auto read = core_integer(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().message() == "'" + text + "' does not fit 64 bits");
  }
}

TEST_CASE("only true and false are booleans") {
  CHECK(core_boolean("true") == true);
  CHECK(core_boolean("True") == true);
  CHECK(core_boolean("TRUE") == true);
  CHECK(core_boolean("false") == false);
  CHECK(core_boolean("FALSE") == false);
  for (const char* text : {"yes", "no", "on", "tRUE", "1", ""}) CHECK_FALSE(core_boolean(text));
}

TEST_CASE("numbers are read after the YAML core schema") {
  CHECK(*core_number("-0.5") == ParameterValue(-0.5));
  CHECK(*core_number("+.5") == ParameterValue(0.5));
  CHECK(*core_number("12") == ParameterValue(std::int64_t{12}));
  for (const char* without_fraction : {"1e3", "1000.0", "0x3E8", "1.e+3"})
    CHECK(*core_number(without_fraction) == ParameterValue(std::int64_t{1000}));
  for (const char* text : {".inf", "inf", "-.nan", "nan", "", ".", "1.5x", "1,5", "+-1", "e5"})
    CHECK(core_number(text).error().message() == "'" + std::string(text) + "' is not a number");
  for (const char* text : {"1e19", "-9223372036854775809", "1e999"})
    CHECK(core_number(text).error().message() ==
          "'" + std::string(text) + "' does not fit 64 bits");
}

}  // namespace
}  // namespace cemli
