#include "reconciler/report/output_tail.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("the tail of a short text is all of it") {
  CHECK(tail_of("a\nb\n", 3).lines == Lines{"a", "b"});
  CHECK(tail_of("a\nb\n", 3).is_whole);
  CHECK(tail_of("a\nb", 2).lines == Lines{"a", "b"});
  CHECK(tail_of("a\nb", 2).is_whole);
}

TEST_CASE("the tail of a long text is its last lines") {
  CHECK(tail_of("a\nb\nc\nd\n", 2).lines == Lines{"c", "d"});
  CHECK_FALSE(tail_of("a\nb\nc\nd\n", 2).is_whole);
}

TEST_CASE("nothing printed has no lines") {
  CHECK(tail_of("", 2).lines.empty());
  CHECK(tail_of("", 2).is_whole);
  CHECK(tail_of("\n", 2).lines.empty());
}

TEST_CASE("empty lines count, and carriage returns before line breaks do not show") {
  CHECK(tail_of("a\r\n\r\nb\r\n", 5).lines == Lines{"a", "", "b"});
}

TEST_CASE("an over-long line is cut between characters") {
  const std::string line = std::string(499, 'x') + "\xC3\xA4" + "y";
  CHECK(tail_of(line, 1).lines == Lines{std::string(499, 'x') + " …"});
}

TEST_CASE("a stream that was cut in its middle ends with its tail") {
  CapturedStream stream;
  stream.head = "first\n";
  stream.tail = "last\n";
  CHECK(tail_of(stream, 5).lines == Lines{"first", "last"});
  CHECK(tail_of(stream, 5).is_whole);
  stream.dropped = 100;
  CHECK(tail_of(stream, 5).lines == Lines{"last"});
  CHECK_FALSE(tail_of(stream, 5).is_whole);
}

}  // namespace
}  // namespace cemli
