#include "reconciler/desired/yaml_events.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace cemli {
namespace {

/// Events as `1:1 {`, `1:2 key`, …; then problems as `! 1:2 what`.
std::vector<std::string> events_of(std::string_view text) {
  std::vector<std::string> lines;
  const auto problems = read_yaml(text, [&](const YamlEvent& event) {
    switch (event.kind) {
      case YamlEvent::Kind::mapping_start:
        return lines.emplace_back("{"), void();
      case YamlEvent::Kind::mapping_end:
        return lines.emplace_back("}"), void();
      case YamlEvent::Kind::list_start:
        return lines.emplace_back("["), void();
      case YamlEvent::Kind::list_end:
        return lines.emplace_back("]"), void();
      case YamlEvent::Kind::key:
        return lines.push_back(event.text + ":"), void();
      case YamlEvent::Kind::plain:
        return lines.push_back(event.text), void();
      case YamlEvent::Kind::quoted:
        return lines.push_back("'" + event.text + "'"), void();
      case YamlEvent::Kind::null:
        return lines.emplace_back("null"), void();
    }
  });
  for (const TextProblem& problem : problems) {
    lines.push_back(fmt::format("! {}:{} {}", problem.at.line, problem.at.column, problem.what));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("a document is walked in its order") {
  CHECK(events_of("a: 1\nb: {c: 'x', d: [no, ~]}\ne: |\n  text\n") ==
        Lines{"{", "a:", "1", "b:", "{", "c:", "'x'", "d:", "[", "no", "null", "]", "}",
              "e:", "'text\n'", "}"});
}

TEST_CASE("an empty text is one null") {
  CHECK(events_of("") == Lines{"null"});
  CHECK(events_of("# nothing\n") == Lines{"null"});
  CHECK(events_of("---\n") == Lines{"null"});
}

TEST_CASE("positions count characters from 1") {
  std::vector<TextPosition> positions;
  CHECK(read_yaml("\xEF\xBB\xBFö: {ü: 'ä', b: 1}\r\nc: 2\n", [&](const YamlEvent& event) {
          if (event.kind == YamlEvent::Kind::key) positions.push_back(event.at);
        }).empty());
  CHECK(positions == std::vector<TextPosition>{{1, 1}, {1, 5}, {1, 13}, {2, 1}});
}

TEST_CASE("aliases are replaced by what they name") {
  CHECK(events_of("a: &x {b: &y [1, 2]}\nc: *x\nd: *y\n") ==
        Lines{"{", "a:", "{", "b:", "[", "1",  "2", "]", "}", "c:", "{", "b:",
              "[", "1",  "2", "]",  "}", "d:", "[", "1", "2", "]",  "}"});
  CHECK(events_of("a: &k b\n*k : 1\n") == Lines{"{", "a:", "b", "b:", "1", "}"});
  CHECK(events_of("a: &x [&y 1, *y]\nb: *x\n") ==
        Lines{"{", "a:", "[", "1", "1", "]", "b:", "[", "1", "1", "]", "}"});
}

TEST_CASE("an alias inside of what it names ends the reading") {
  CHECK(events_of("a: &x [*x]\n").back() == "! 1:8 an alias stands inside of what it names");
}

TEST_CASE("an alias that names nothing is an error") {
  CHECK(events_of("a: *nobody\n") == Lines{"{", "a:", "! 1:4 not YAML: this alias names no anchor"});
}

TEST_CASE("aliases may add 10,000 nodes and no more") {
  std::string ten_thousand = "a: &x [1, 2, 3, 4]\nb:\n";
  for (int i = 0; i < 2000; ++i) ten_thousand += "- *x\n";
  CHECK(events_of(ten_thousand).back() == "}");
  CHECK(events_of(ten_thousand + "- *x\n").back() ==
        "! 2003:3 aliases add more than 10000 nodes to this file");
}

TEST_CASE("a billion laughs end at once") {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
  }
  CHECK(events_of(text).back().ends_with("aliases add more than 10000 nodes to this file"));
}

TEST_CASE("duplicate keys are errors and their values are left out") {
  CHECK(events_of("a: 1\nb: 2\na: {c: 3}\nd: 4\n") ==
        Lines{"{", "a:", "1", "b:", "2", "d:", "4", "}",
              "! 3:1 duplicate key 'a'; it stands in line 1 already"});
}

TEST_CASE("merge keys are errors") {
  CHECK(events_of("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n") ==
        Lines{"{", "a:", "{", "b:", "1", "}", "c:", "{", "d:", "2", "}", "}",
              "! 3:3 merge keys ('<<') are not supported; write the keys out"});
  CHECK(events_of("'<<': 1\n") == Lines{"{", "<<:", "1", "}"});
}

TEST_CASE("explicit tags are errors") {
  const std::string tail = " explicit tags are not supported; remove the tag";
  CHECK(events_of("a: !!str 1\n").back() == "! 1:4" + tail);
  CHECK(events_of("a: !mine {b: 1}\n").back() == "! 1:4" + tail);
  CHECK(events_of("a: !!seq [1]\n").back() == "! 1:4" + tail);
  CHECK(events_of("a: ! 1\n").back() == "! 1:4" + tail);
  CHECK(events_of("a: &x ! 1\n").back() == "! 1:4" + tail);
  CHECK(events_of("a: !!null\n").back() == "! 1:4" + tail);
  CHECK(events_of("a: &x '!'\n").back() == "}");
}

TEST_CASE("keys that are no scalars are errors and their values are left out") {
  CHECK(events_of("? [a, b]\n: {c: 1}\nd: 2\n") ==
        Lines{"{", "d:", "2", "}", "! 1:3 a key must be a text, not a mapping or a list"});
  CHECK(events_of("a: &x [1]\n*x : 2\n").back() ==
        "! 2:1 a key must be a text, not a mapping or a list");
  CHECK(
      events_of("null: 1\nd: 2\n") ==
      Lines{"{", "d:", "2", "}", "! 1:1 a key is missing here; a key such as 'null' needs quotes"});
}

TEST_CASE("a second document is an error") {
  CHECK(events_of("a: 1\n---\nb: 2\n") ==
        Lines{"{", "a:", "1", "}", "! 2:1 a second document begins here; a file holds one"});
  CHECK(events_of("a: 1\n...\n# the end\n").back() == "}");
}

TEST_CASE("syntax errors say where") {
  CHECK(events_of("a: 1\n b: 2\n").back() ==
        "! 2:3 not YAML: ':' is not expected here; is the indentation right, or are quotes "
        "missing?");
  CHECK(events_of("a:\n  b: 1\n c: 2\n").back() ==
        "! 3:2 not YAML: a key was expected here; is the indentation right?");
  CHECK(events_of("a: >=2 <3\n").back() ==
        "! 1:5 not YAML: a text that begins with '>' or '|' needs quotes");
  CHECK(events_of("a: @x\n").back() ==
        "! 1:4 not YAML: a text that begins with this character needs quotes");
  CHECK(events_of("a: [1,\n").back() == "! 2:1 not YAML: end of sequence flow not found");
  CHECK(events_of("a: 1\n}\n").back() == "! 2:1 not YAML: illegal flow end");
}

TEST_CASE("a quote that is never closed swallows nothing in silence") {
  CHECK(events_of("a: \"1\nb: 2\n") ==
        Lines{"{", "a:", "! 1:1 a quoted text behind this is never closed"});
  CHECK(events_of("a: x\nb: 'y").back() == "! 2:1 a quoted text behind this is never closed");
  CHECK(events_of("a: \"x\n---\ny\"\n").back() ==
        "! 2:1 not YAML: illegal document indicator in scalar");
}

TEST_CASE("what cannot be read as text says which line") {
  CHECK(events_of("a: 1\nb: \xFF\n") == Lines{"! 2:1 this line is not UTF-8"});
  CHECK(events_of("a: 1\x04\nb: 2\n") == Lines{"! 1:1 this line holds the control character 0x04"});
  CHECK(events_of(std::string_view("a: \0", 4)) ==
        Lines{"! 1:1 this line holds the control character 0x00"});
  CHECK(events_of("a: \"x\\0y\"\n").back() == "! 1:4 a text must not hold a NUL character");
}

TEST_CASE("hostile nesting is an error, not a crash") {
  for (const std::string_view opening : {"[", "{a: ", "- ", "? ", "[{? "}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += opening;
    CHECK(events_of(text).back().ends_with("nested too deep behind this"));
  }
}

TEST_CASE("each event tells at which byte of the text it begins") {
  const std::string text = "\xEF\xBB\xBF# é\r\na: &x 'é'\r\nb: *x\r\nc: {d: 1}\r\n";
  std::vector<std::string> found;
  const auto problems = read_yaml(text, [&](const YamlEvent& event) {
    const bool is_end =
        event.kind == YamlEvent::Kind::mapping_end || event.kind == YamlEvent::Kind::list_end;
    if (is_end) return;
    found.push_back(text.substr(event.offset, 2) + (event.through_alias ? " alias" : ""));
  });
  CHECK(problems.empty());
  CHECK(found ==
        std::vector<std::string>{"a:", "a:", "&x", "b:", "*x alias", "c:", "{d", "d:", "1}"});
}

}  // namespace
}  // namespace cemli
