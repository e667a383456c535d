#include "state/base/canonical_json.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "state/base/parse_json.h"

namespace cemli {
namespace {

using nlohmann::json;

std::string canonical(const json& value) {
  auto text = canonical_json(value);
  REQUIRE(text);
  return *text;
}

std::string canonical_of_text(std::string_view text) {
  const auto value = parse_json(text);
  INFO(text);
  REQUIRE(value);
  return canonical(*value);
}

}  // namespace

TEST_CASE("the example of RFC 8785 3.2.2 comes out as printed there") {
  CHECK(canonical_of_text(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  })") ==
        "{\"literals\":[null,true,false],"
        "\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
        "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST_CASE("names are sorted by UTF-16 code units as in RFC 8785 3.2.3") {
  CHECK(canonical_of_text(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,
                              "\u00f6":7})") ==
        "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
        "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
}

TEST_CASE("numbers are those of RFC 8785 appendix B") {
  struct Vector {
    std::uint64_t bits;
    const char* text;
  };
  const std::vector<Vector> vectors{{0x0000000000000000, "0"},
                                    {0x8000000000000000, "0"},
                                    {0x0000000000000001, "5e-324"},
                                    {0x8000000000000001, "-5e-324"},
                                    {0x7fefffffffffffff, "1.7976931348623157e+308"},
                                    {0xffefffffffffffff, "-1.7976931348623157e+308"},
                                    {0x4340000000000000, "9007199254740992"},
                                    {0xc340000000000000, "-9007199254740992"},
                                    {0x4430000000000000, "295147905179352830000"},
                                    {0x44b52d02c7e14af5, "9.999999999999997e+22"},
                                    {0x44b52d02c7e14af6, "1e+23"},
                                    {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
                                    {0x444b1ae4d6e2ef4e, "999999999999999700000"},
                                    {0x444b1ae4d6e2ef4f, "999999999999999900000"},
                                    {0x444b1ae4d6e2ef50, "1e+21"},
                                    {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
                                    {0x3eb0c6f7a0b5ed8d, "0.000001"},
                                    {0x41b3de4355555553, "333333333.3333332"},
                                    {0x41b3de4355555554, "333333333.33333325"},
                                    {0x41b3de4355555555, "333333333.3333333"},
                                    {0x41b3de4355555556, "333333333.3333334"},
                                    {0x41b3de4355555557, "333333333.33333343"},
                                    {0xbecbf647612f3696, "-0.0000033333333333333333"},
                                    {0x43143ff3c1cb0959, "1424953923781206.2"}};
  for (const Vector& vector : vectors)
    CHECK(canonical(std::bit_cast<double>(vector.bits)) == vector.text);
}

TEST_CASE("integers of 64 bits are exact") {
  CHECK(canonical_of_text("9223372036854775807") == "9223372036854775807");
  CHECK(canonical_of_text("-9223372036854775808") == "-9223372036854775808");
  CHECK(canonical_of_text("18446744073709551615") == "18446744073709551615");
  CHECK(canonical_of_text("9007199254740993") == "9007199254740993");
  CHECK(canonical_of_text("[-0, 0.0, 1.0, 1e2, -5.0E0]") == "[0,0,1,100,-5]");
}

TEST_CASE("numbers without a JSON form and text that is not UTF-8 are refused") {
  CHECK_FALSE(canonical_json(std::numeric_limits<double>::quiet_NaN()));
  CHECK_FALSE(canonical_json(std::numeric_limits<double>::infinity()));
  CHECK_FALSE(canonical_json(json{{"a", "\xff"}}));
  CHECK_FALSE(canonical_json(json{{"\xc3", 1}}));
  CHECK_FALSE(canonical_json(json::array({json::binary({1})})));
}

TEST_CASE("the digest of a value is that of its canonical text") {
  CHECK(digest_of(json{{"b", 1}, {"a", nullptr}}) == Digest::of(R"({"a":null,"b":1})"));
}

TEST_CASE("UTF-8 is recognised as RFC 3629 says") {
  for (const char* text : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(is_utf8(text));
  }
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xffz"}) {
    CHECK_FALSE(is_utf8(text));
  }
  CHECK(is_utf8(std::string("\0", 1)));
}

TEST_CASE("what is not UTF-8 is replaced byte by byte") {
  CHECK(replace_invalid_utf8("a\xff\xc3\xa4\xc3") == "a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd");
  CHECK(replace_invalid_utf8("plain") == "plain");
}

}  // namespace cemli
