#include "reconciler/report/markdown.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

TEST_CASE("a code span holds its text as it is") {
  CHECK(code_span("gl-base[FR]") == "`gl-base[FR]`");
  CHECK(code_span("<b>@jane</b> **x** [y](http://z)") == "`<b>@jane</b> **x** [y](http://z)`");
}

TEST_CASE("a code span cannot be left by backticks") {
  CHECK(code_span("a`b") == "``a`b``");
  CHECK(code_span("a``b`c") == "```a``b`c```");
  CHECK(code_span("`a") == "`` `a ``");
  CHECK(code_span("a`") == "`` a` ``");
}

TEST_CASE("a code span is one line, and empty text is said") {
  CHECK(code_span("a\n# b\r\n\tc") == "`a\\x0a# b\\x0d\\x0a c`");
  CHECK(code_span("") == "(empty)");
  CHECK(code_span("  ") == "(empty)");
}

TEST_CASE("characters that hide or turn text are shown") {
  CHECK(code_span("a\u202Eb\u2066c\u200Bd\uFEFFe\u2028f") ==
        "`a\\u202eb\\u2066c\\u200bd\\ufeffe\\u2028f`");
  CHECK(code_span("Müller → €") == "`Müller → €`");
  CHECK(code_span("\x1b[2J\xff") == "`\\x1b[2J\uFFFD`");
}

TEST_CASE("a code block keeps its lines and cannot be left") {
  CHECK(code_block("one\n  two\n") == "```text\none\n  two\n```\n");
  CHECK(code_block("one\n```\n# two") == "````text\none\n```\n# two\n````\n");
  CHECK(code_block("a\x1b[2J\n</details>\n") == "```text\na\\x1b[2J\n</details>\n```\n");
}

TEST_CASE("a text is cut between characters") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcdef", 5) == "ab…");
  CHECK(shortened("aäöü", 6) == "aä…");
}

}  // namespace
}  // namespace cemli
