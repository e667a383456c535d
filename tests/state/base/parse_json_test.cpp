#include "state/base/parse_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cemli {
namespace {

using nlohmann::json;

std::string parse_error(std::string_view text) {
  const auto value = parse_json(text);
  INFO(text);
  REQUIRE_FALSE(value);
  CHECK(value.error().code() == ErrorCode::invalid_input);
  return value.error().message();
}

}  // namespace

TEST_CASE("a syntax error is named by line and column") {
  CHECK(parse_error("").starts_with("1:1: "));
  CHECK(parse_error("{\"a\": 1,}").starts_with("1:9: "));
  CHECK(parse_error("{\n  \"a\": tru\n}").starts_with("2:11: "));
  CHECK(parse_error("{} {}").starts_with("1:4: "));
  CHECK(parse_error("{\"a\": 1").find("syntax error") != std::string::npos);
  CHECK(parse_error("[1e999]").ends_with("number overflow parsing '1e999'"));
  for (const char* text : {"{'a': 1}", "[1 2]", "[01]", "[+1]", "[.5]", "[NaN]", "// x\n1", "[1,]",
                           "\"\t\"", "\"\\ud800\"", "nul", "{\"a\" 1}"}) {
    parse_error(text);
  }
}

TEST_CASE("a duplicate key is named by its pointer") {
  CHECK(parse_error(R"({"a": 1, "b": 2, "a": 3})") == "/a: the key 'a' stands there twice");
  CHECK(parse_error(R"({"x": [0, {"k": 1, "k": 2}]})") == "/x/1/k: the key 'k' stands there twice");
  CHECK(parse_error(R"({"a/b~": {"k": 1, "k": 1}})") ==
        "/a~1b~0/k: the key 'k' stands there twice");
  CHECK(parse_error(R"({"k": 1, "\u006b": 2})") == "/k: the key 'k' stands there twice");
  CHECK(parse_json(R"([{"k": 1}, {"k": 2}])"));
}

TEST_CASE("an integer beyond 64 bits is refused, named by its pointer") {
  CHECK(parse_error("18446744073709551616") ==
        "the integer 18446744073709551616 does not fit 64 bits");
  CHECK(parse_error(R"({"a": [1, -9223372036854775809]})") ==
        "/a/1: the integer -9223372036854775809 does not fit 64 bits");
}

TEST_CASE("nesting is bounded") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(parse_json(nested(100)));
  CHECK(parse_error(nested(101)).ends_with("nested more than 100 deep"));
  parse_error(std::string(1'000'000, '['));
}

TEST_CASE("text that is not UTF-8 is not parsed") {
  CHECK(parse_error("\"\xff\"") == "not UTF-8");
}

TEST_CASE("the members of a long list are handed on one by one, and not kept") {
  std::vector<std::pair<std::string, json>> taken;
  const auto root = parse_long_json(
      R"({"list": {"a": {"list": {"x": {}}}, "b": 1, "c": {}}, "other": {"d": {"e": {}}}})", "list",
      [&](const std::string& name, json value) { taken.emplace_back(name, std::move(value)); });
  REQUIRE(root);
  CHECK(taken == std::vector<std::pair<std::string, json>>{
                     {"a", json::parse(R"({"list": {"x": {}}})")}, {"c", json::object()}});
  CHECK(*root ==
        json::parse(R"({"list": {"a": null, "b": 1, "c": null}, "other": {"d": {"e": {}}}})"));
}

TEST_CASE("a member of a long list that stands there twice is refused") {
  const auto root = parse_long_json(R"({"list": {"a": {}, "a": {}}})", "list",
                                    [](const std::string&, const json&) {});
  REQUIRE_FALSE(root);
  CHECK(root.error().message() == "/list/a: the key 'a' stands there twice");
}

}  // namespace cemli
