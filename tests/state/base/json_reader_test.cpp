#include "state/base/json_reader.h"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

namespace cemli {
namespace {

using nlohmann::json;

/// What `read` finds wrong with a document; empty where it finds nothing.
template <typename Read>
std::string problem_of(const char* text, Read read) {
  const json document = json::parse(text);
  std::optional<Error> failure;
  JsonReader reader(document, failure);
  read(reader);
  if (!failure) return "";
  CHECK(failure->code() == ErrorCode::corrupt);
  CHECK(reader.failed());
  return failure->message();
}

}  // namespace

TEST_CASE("members are read as what they are") {
  const json document = json::parse(R"({
    "text": "t", "null": null, "number": 18446744073709551615, "integer": -9223372036854775808,
    "yes": true, "time": "2026-11-23T06:41:05.123Z", "address": "l10n[FR]",
    "digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "texts": ["b", "a"], "addresses": ["b", "a[X]"], "object": {"inner": "i"},
    "objects": [{"n": 1}, {"n": 2}], "any": [1]})");
  std::optional<Error> failure;
  JsonReader r(document, failure);
  CHECK(r.text("text") == "t");
  CHECK(r.optional_text("text") == "t");
  CHECK_FALSE(r.optional_text("null"));
  CHECK(r.number("number") == std::numeric_limits<std::uint64_t>::max());
  CHECK(r.optional_integer("integer") == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(r.optional_integer("null"));
  CHECK(r.boolean("yes"));
  CHECK(format_timestamp(r.timestamp("time")) == "2026-11-23T06:41:05.123Z");
  CHECK(r.optional_timestamp("time"));
  CHECK_FALSE(r.optional_timestamp("null"));
  CHECK(r.address("address").text() == "l10n[FR]");
  CHECK(r.digest("digest") == Digest::of(""));
  CHECK(r.optional_digest("digest") == Digest::of(""));
  CHECK_FALSE(r.optional_digest("null"));
  CHECK(r.texts("texts") == std::vector<std::string>{"b", "a"});
  REQUIRE(r.addresses("addresses").size() == 2);
  CHECK(r.addresses("addresses")[1].text() == "a[X]");
  CHECK(r.object("object").text("inner") == "i");
  REQUIRE(r.optional_object("object"));
  CHECK_FALSE(r.optional_object("null"));
  auto objects = r.objects("objects");
  REQUIRE(objects.size() == 2);
  CHECK(objects[1].number("n") == 2);
  CHECK(r.any("any").is_array());
  r.finish();
  CHECK_FALSE(failure);
}

TEST_CASE("what is missing or wrong is named with its pointer") {
  const char* text = R"({"n": -1, "f": 1.5, "s": "", "list": ["a", 1], "o": {"p": [{"q": 1}]},
                         "big": 9223372036854775808})";
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.text("x"); }) == "/x: missing");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.optional_text("x"); }) == "/x: missing");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.any("x"); }) == "/x: missing");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.text("n"); }) == "/n: expected a string");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.number("n"); }) ==
        "/n: expected a whole number");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.number("f"); }) ==
        "/f: expected a whole number");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.optional_integer("f"); }) ==
        "/f: expected an integer or null");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.optional_integer("big"); }) ==
        "/big: expected an integer or null");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.boolean("n"); }) ==
        "/n: expected true or false");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.digest("s"); }) ==
        "/s: expected a SHA-256 digest");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.timestamp("s"); }) ==
        "/s: expected a time like 2026-11-23T06:41:05.123Z");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.address("s"); }) ==
        "/s: expected NAME or NAME[INSTANCE]");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.texts("list"); }) ==
        "/list: expected a list of strings");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.texts("s"); }) ==
        "/s: expected a list of strings");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.objects("list"); }) ==
        "/list/0: expected an object");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.objects("o"); }) ==
        "/o: expected a list of objects");
  CHECK(problem_of(text, [](JsonReader& r) { (void)r.object("s"); }) == "/s: expected an object");
  CHECK(problem_of(text, [](JsonReader& r) {
          for (JsonReader& p : r.object("o").objects("p")) (void)p.text("q");
        }) == "/o/p/0/q: expected a string");
  CHECK(problem_of(R"({"list": ["A"]})", [](JsonReader& r) { (void)r.addresses("list"); }) ==
        "/list: expected a list of addresses");
  for (const char* root : {"[]", "null", "1", R"("text")"}) {
    CHECK(problem_of(root, [](JsonReader& r) {
            (void)r.text("a");
            r.finish();
          }) == "expected an object");
  }
}

TEST_CASE("the first problem is kept, and what is read after it is neutral") {
  const json document = json::parse(R"({"a": 1, "b": "text"})");
  std::optional<Error> failure;
  JsonReader r(document, failure);
  CHECK(r.text("a").empty());
  CHECK(r.text("b").empty());
  CHECK(r.number("missing") == 0);
  CHECK_FALSE(r.boolean("b"));
  CHECK_FALSE(r.optional_text("b"));
  CHECK(r.texts("b").empty());
  CHECK(r.objects("b").empty());
  CHECK(r.object("b").object("c").text("d").empty());
  CHECK(r.any("b").empty());
  r.fail("b", "also wrong");
  r.finish();
  REQUIRE(failure);
  CHECK(failure->message() == "/a: expected a string");
}

TEST_CASE("a member that nobody read is unknown") {
  CHECK(problem_of(R"({"a": "", "b": ""})", [](JsonReader& r) {
          (void)r.text("a");
          r.finish();
        }) == "/b: unknown to this version of cemli");
  CHECK(problem_of(R"({"o": {"a": "", "b": ""}})", [](JsonReader& r) {
          JsonReader o = r.object("o");
          (void)o.text("b");
          o.finish();
          r.finish();
        }) == "/o/a: unknown to this version of cemli");
}

}  // namespace cemli
