#include "reconciler/report/terminal.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("text is painted only where there are colours") {
  CHECK(painted(TextStyle{}, Paint::red, "no") == "no");
  CHECK(painted(TextStyle{true, 100}, Paint::red, "no") == "\x1b[31mno\x1b[0m");
  CHECK(painted(TextStyle{true, 100}, Paint::red, "").empty());
}

TEST_CASE("control characters are shown, not obeyed") {
  CHECK(printable("a\tb") == "a b");
  CHECK(printable("\x1b[2J\r\n\x7f") == "\\x1b[2J\\x0d\\x0a\\x7f");
  CHECK(printable("\xC2\x9B"
                  "2J") == "\\x9b2J");
  CHECK(printable("\xFF") == "\xEF\xBF\xBD");
  CHECK(printable("é ü 値") == "é ü 値");
}

TEST_CASE("columns are code points") {
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("äöü…") == 4);
}

TEST_CASE("text is wrapped at spaces, and a word that is too long stands alone") {
  CHECK(wrapped("", 10) == Lines{""});
  CHECK(wrapped("one two three", 7) == Lines{"one two", "three"});
  CHECK(wrapped("a 1234567890123 b", 7) == Lines{"a", "1234567890123", "b"});
  CHECK(wrapped("äöü äöü", 7) == Lines{"äöü äöü"});
}

TEST_CASE("columns are aligned without spaces at the end of a line") {
  CHECK(aligned({Row{{Cell{"a"}, Cell{"long"}, Cell{""}}},
                 Row{{Cell{"bbb"}, Cell{""}, Cell{"c"}}, {"below"}}},
                TextStyle{}, 1) == " a    long\n bbb        c\n     below\n");
  CHECK(aligned({}, TextStyle{}, 0).empty());
}

}  // namespace
}  // namespace cemli
