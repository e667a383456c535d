#include "state/base/semver.h"

#include <catch2/catch.hpp>
#include <compare>
#include <string>
#include <vector>

namespace cemli {
namespace {

Version version(std::string_view text) {
  auto parsed = Version::parse(text);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}

bool fits(std::string_view range, std::string_view candidate) {
  const auto parsed = VersionRange::parse(range);
  INFO(range);
  REQUIRE(parsed);
  return parsed->contains(version(candidate));
}

std::string error_of_version(std::string_view text) {
  const auto parsed = Version::parse(text);
  INFO(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ErrorCode::invalid_input);
  return parsed.error().message();
}

std::string error_of_range(std::string_view text) {
  const auto parsed = VersionRange::parse(text);
  INFO(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ErrorCode::invalid_input);
  return parsed.error().message();
}

struct Case {
  const char* range;
  const char* version;
};

}  // namespace

TEST_CASE("a version keeps its text and shows its numbers") {
  const Version parsed = version("1.22.333-rc.1+build.5");
  CHECK(parsed.text() == "1.22.333-rc.1+build.5");
  CHECK(parsed.major_number() == 1);
  CHECK(parsed.minor_number() == 22);
  CHECK(parsed.patch_number() == 333);
  CHECK(parsed.is_prerelease());
  CHECK_FALSE(version("1.0.0+build").is_prerelease());
  CHECK(version("0.0.9007199254740991").patch_number() == 9007199254740991);
}

TEST_CASE("what is not semver is no version, and the reason is said") {
  CHECK(error_of_version("1.2") == "'1.2' is not a version: fewer than three numbers");
  CHECK(error_of_version("1.2.3.4") == "'1.2.3.4' is not a version: more than three numbers");
  CHECK(error_of_version("01.2.3") ==
        "'01.2.3' is not a version: the number '01' starts with a zero");
  CHECK(error_of_version("v1.2.3") == "'v1.2.3' is not a version: 'v1' is not a number");
  CHECK(error_of_version("1.2.x") == "'1.2.x' is not a version: 'x' is not a number");
  CHECK(error_of_version("1.2.3-01") ==
        "'1.2.3-01' is not a version: the pre-release number '01' starts with a zero");
  CHECK(error_of_version("9007199254740992.0.0") ==
        "'9007199254740992.0.0' is not a version: the number '9007199254740992' is too large");
  CHECK(error_of_version("1.0.0-" + std::string(200, 'a')).ends_with("longer than 128 characters"));
  for (const char* text :
       {"", "1", "1..3", "1.2.3-", "1.2.3-a..b", "1.2.3+", "1.2.3+a+b", "1.2.3-\xc3\xa4", " 1.2.3",
        "1.2.3 ", "-1.2.3", "+1.2.3", "1.2.3/..", "99999999999999999999.0.0"}) {
    error_of_version(text);
  }
}

TEST_CASE("versions are ordered as semver clause 11 shows") {
  const std::vector<std::string> ascending{"0.0.1",         "0.9.9",
                                           "1.0.0-0",       "1.0.0-2",
                                           "1.0.0-10",      "1.0.0-99999999999999999999",
                                           "1.0.0--",       "1.0.0-alpha",
                                           "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                           "1.0.0-beta",    "1.0.0-beta.2",
                                           "1.0.0-beta.11", "1.0.0-rc.1",
                                           "1.0.0",         "1.0.1",
                                           "1.2.0",         "1.10.0",
                                           "2.0.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      INFO(ascending[i] << " and " << ascending[j]);
      const auto order = Version::compare(version(ascending[i]), version(ascending[j]));
      CHECK((order < 0) == (i < j));
      CHECK((order == 0) == (i == j));
    }
  }
}

TEST_CASE("build metadata does not order versions, yet makes them different") {
  CHECK(std::is_eq(Version::compare(version("1.0.0+a"), version("1.0.0+b"))));
  CHECK_FALSE(version("1.0.0+a") == version("1.0.0+b"));
}

TEST_CASE("ranges hold the versions that npm says") {
  const std::vector<Case> cases{{"1.0.0 - 2.0.0", "1.2.3"},
                                {"1.2.3 - 2", "2.9.9"},
                                {"1.2 - 1.4", "1.4.9"},
                                {"1 - x", "7.0.0"},
                                {"^1.2.3+build", "1.3.0"},
                                {"1.0.0", "1.0.0"},
                                {"=1.0.0", "1.0.0+other"},
                                {"= 1.0.0", "1.0.0"},
                                {"*", "0.0.0"},
                                {"x", "1.2.3"},
                                {"X", "1.2.3"},
                                {">=*", "0.2.4"},
                                {"<=*", "9.0.0"},
                                {">=1.0.0", "1.1.0"},
                                {">1.0.0", "1.0.1"},
                                {">1", "2.0.0"},
                                {">1.2", "1.3.0"},
                                {"<=2.0.0", "2.0.0"},
                                {"<=2", "2.9.9"},
                                {"<=0.7.x", "0.7.2"},
                                {"<2", "1.9999.9"},
                                {"<1.2", "1.1.9"},
                                {"0.1.20 || 1.2.4", "1.2.4"},
                                {">=0.2.3 || <0.0.1", "0.0.0"},
                                {">=0.2.3||<0.0.1", "0.2.4"},
                                {"2.x.x", "2.1.3"},
                                {"1.2.x", "1.2.3"},
                                {"1.2.x || 2.x", "2.1.3"},
                                {"2.*.*", "2.1.3"},
                                {"2", "2.1.2"},
                                {"2.3", "2.3.1"},
                                {"~2.4", "2.4.5"},
                                {"~>3.2.1", "3.2.2"},
                                {"~1", "1.2.3"},
                                {"~> 1", "1.2.3"},
                                {"~1.0", "1.0.2"},
                                {">= 1", "1.0.0"},
                                {"< 1.2", "1.1.1"},
                                {"^1.2.3", "1.8.1"},
                                {"^0.1.2", "0.1.9"},
                                {"^0.0.1", "0.0.1"},
                                {"^0.1", "0.1.2"},
                                {"^0", "0.9.0"},
                                {"^0.0", "0.0.7"},
                                {"^1.x", "1.9.0"},
                                {"^*", "3.0.0"},
                                {"~*", "3.0.0"},
                                {">=2.1 <3", "2.1.0"},
                                {">=2.1 <3", "2.99.0"},
                                {"  >=1.2.0   <2.0.0 ", "1.5.0"}};
  for (const Case& c : cases) {
    INFO(c.range << " and " << c.version);
    CHECK(fits(c.range, c.version));
  }
}

TEST_CASE("ranges keep out the versions that npm says") {
  const std::vector<Case> cases{{"1.0.0 - 2.0.0", "2.2.3"},
                                {"1.2.3 - 2", "3.0.0"},
                                {"1.2 - 1.4", "1.5.0"},
                                {"^1.2.3", "2.0.0"},
                                {"^1.2.3", "1.2.2"},
                                {"1.0.0", "1.0.1"},
                                {">1", "1.9.9"},
                                {">1.2", "1.2.8"},
                                {"<2", "2.0.0"},
                                {"<1.2", "1.2.0"},
                                {"<=2", "3.0.0"},
                                {"<=0.7.x", "0.8.0"},
                                {">*", "1.0.0"},
                                {"<*", "0.0.0"},
                                {"2.x.x", "3.1.3"},
                                {"1.2.x", "1.3.3"},
                                {"1.2.x || 2.x", "3.1.3"},
                                {"2.3", "2.4.1"},
                                {"~2.4", "2.5.0"},
                                {"~>3.2.1", "3.3.2"},
                                {"~1", "2.2.3"},
                                {"^0.1.2", "0.2.0"},
                                {"^0.0.1", "0.0.2"},
                                {"^0.1", "0.2.0"},
                                {"^0", "1.0.0"},
                                {"^0.0", "0.1.0"},
                                {">=2.1 <3", "2.0.9"},
                                {">=2.1 <3", "3.0.0"},
                                {"0.1.20 || 1.2.4", "1.2.3"}};
  for (const Case& c : cases) {
    INFO(c.range << " and " << c.version);
    CHECK_FALSE(fits(c.range, c.version));
  }
}

TEST_CASE("a pre-release fits only where its own version's pre-release is named") {
  CHECK(fits(">=1.2.3-alpha.3", "1.2.3-alpha.7"));
  CHECK(fits("^1.2.3-alpha", "1.2.3-beta"));
  CHECK(fits("~1.2.3-alpha", "1.2.3-beta"));
  CHECK(fits("1.2.3-rc.1", "1.2.3-rc.1"));
  CHECK(fits(">=1.2.3-alpha", "2.0.0"));
  CHECK(fits("<1.0.0 || 2.0.0-rc.1", "2.0.0-rc.1"));
  for (const Case& c : std::vector<Case>{{"*", "1.0.0-rc.1"},
                                         {">=1.0.0", "1.1.0-rc.1"},
                                         {"<2", "2.0.0-rc.1"},
                                         {"<2.0.0", "2.0.0-rc.1"},
                                         {"^1.2.3", "2.0.0-alpha"},
                                         {"^1.2.3", "2.0.0-0"},
                                         {"<=1.2", "1.3.0-0"},
                                         {">1.2", "1.3.0-beta"},
                                         {"^1.2.3-alpha", "1.2.4-alpha"},
                                         {">=1.2.3-alpha.3", "3.4.5-alpha.9"},
                                         {"1.0.0-rc.1 || 2.x", "2.0.0-rc.1"}}) {
    INFO(c.range << " and " << c.version);
    CHECK_FALSE(fits(c.range, c.version));
  }
}

TEST_CASE("what is not a range is refused with the part that is wrong") {
  CHECK(error_of_range("") == "'' is not a version range: nothing is said; '*' is any version");
  CHECK(error_of_range("1.2 ||") ==
        "'1.2 ||' is not a version range: nothing is said; '*' is any version");
  CHECK(error_of_range(">=1.2, <2") ==
        "'>=1.2, <2' is not a version range: in '>=1.2,': '2,' is not a number");
  CHECK(error_of_range("1.x.3") ==
        "'1.x.3' is not a version range: in '1.x.3': '3' stands behind an open number");
  CHECK(error_of_range("1.2-rc") ==
        "'1.2-rc' is not a version range: in '1.2-rc': a pre-release "
        "or build needs all three numbers before it");
  for (const char* text : {"latest", ">=", "> <", ">>1", "=>1", "1.2.3 -", "- 2", "1 - 2 - 3",
                           "1-2", ">=1<2", "1 | 2", "v1.2.3", "!1", "1.2.3\n", "\t1"}) {
    error_of_range(text);
  }
}

TEST_CASE("ranges are equal when their text is") {
  CHECK(*VersionRange::parse("^1.2") == *VersionRange::parse("^1.2"));
  CHECK_FALSE(*VersionRange::parse("^1.2") == *VersionRange::parse("^1.2.0"));
}

}  // namespace cemli
