#include "state/anchor.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_record.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;

const Head kHead{42, Digest::of("entry 42")};
const std::string kText = "42:" + kHead.digest.hex();

/// The message of the error that reading gives.
std::string refusal(const std::string& bytes) {
  const auto anchors = read_anchors(bytes, "kept", "prod");
  if (anchors) FAIL("it was read");
  CHECK(anchors.error().code() == ErrorCode::invalid_input);
  return anchors.error().message();
}

TEST_CASE("a head is read as it is printed, and as nothing else") {
  CHECK(parse_head(kText) == kHead);
  for (const std::string& other :
       {std::string(), std::string("42"), std::string("42:"), std::string("42:abc"), kText + "0",
        " " + kText, "0:" + kHead.digest.hex(), "-" + kText, "99999999999999999999" + kText,
        ":" + kHead.digest.hex()})
    CHECK(parse_head(other) == std::nullopt);
}

TEST_CASE("an anchor is read from what commands print and save") {
  const std::string entry = "\"entry\": \"" + kHead.digest.hex() + "\"";
  SECTION("the head of a result, with its log") {
    const auto anchors = read_anchors(
        R"({"environment": "prod", "log": "f00d", "head": {"seq": 42, )" + entry + "}}", "kept",
        "prod");
    REQUIRE(anchors);
    CHECK(*anchors == std::vector<Anchor>{{kHead, "'kept'", "f00d"}});
  }
  SECTION("the basis of a plan") {
    const auto anchors = read_anchors(
        R"({"environment": "prod", "basis": {"seq": 42, )" + entry + "}}", "kept", "prod");
    REQUIRE(anchors);
    CHECK(*anchors == std::vector<Anchor>{{kHead, "'kept'"}});
  }
  SECTION("each head in a text") {
    const auto anchors =
        read_anchors("Environment  prod\nLog head     " + kText + "\n" + kText, "kept", "prod");
    REQUIRE(anchors);
    CHECK(*anchors == std::vector<Anchor>{{kHead, "'kept'"}, {kHead, "'kept'"}});
  }
}

TEST_CASE("a file that names no head is refused, with the reason") {
  CHECK_THAT(refusal(""), Contains("'kept' is no anchor: it names no head of a log"));
  CHECK_THAT(refusal("42:abc"), Contains("it names no head of a log"));
  CHECK_THAT(refusal("{"), Contains("1:2: syntax error"));
  CHECK_THAT(refusal(R"({"environment": "test", "head": {"seq": 1}})"),
             Contains("it is not of environment 'prod'"));
  CHECK_THAT(refusal(R"({"environment": "prod"})"), Contains("it has neither 'head' nor 'basis'"));
  CHECK_THAT(refusal(R"({"environment": "prod", "basis": {"seq": 0, "entry": null}})"),
             Contains("nothing had been recorded when it was made"));
  CHECK_THAT(refusal(R"({"environment": "prod", "head": null})"),
             Contains("nothing had been recorded when it was made"));
  CHECK_THAT(refusal(R"({"environment": "prod", "head": 7})"), Contains("/head"));
  CHECK_THAT(refusal(R"({"environment": "prod", "head": {"seq": "x", "entry": "y"}})"),
             Contains("/head/seq"));
}

TEST_CASE("an anchor of another log is named as such") {
  test::SampleRecord record;
  Anchor anchor{record.head(), "an e-mail", "log of dev"};
  CHECK(record.audit({anchor}).findings.empty());
  anchor.log = "another";
  const auto findings = record.audit({anchor}).findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().what == "an e-mail is of log another, and this is another one");
}

}  // namespace
}  // namespace cemli
