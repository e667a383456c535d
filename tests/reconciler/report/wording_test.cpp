#include "reconciler/report/wording.h"

#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"

namespace cemli {
namespace {

TEST_CASE("times read to the second, and those of records to the minute") {
  CHECK(describe_time(test::time_at("2026-11-23T02:14:55.999Z")) == "2026-11-23 02:14:55 UTC");
  CHECK(describe_time(std::string_view("2026-11-23T02:14:55.999Z")) == "2026-11-23 02:14 UTC");
  CHECK(describe_time(std::string_view("?")) == "?");
}

TEST_CASE("words are quoted for a shell where they must be") {
  CHECK(shell_word("gl-base") == "gl-base");
  CHECK(shell_word("l10n[FR]") == "'l10n[FR]'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
}

TEST_CASE("counts name only what happened") {
  CHECK(describe_counts({27, 1, 0, 0, 2, 0}) == "27 succeeded, 1 failed, 2 blocked");
  CHECK(describe_counts({0, 0, 1, 2, 0, 3}) ==
        "1 could not be started, 2 interrupted, 3 not started");
  CHECK(describe_counts({}) == "nothing was run");
  CHECK(count_of(1, "package") == "1 package");
  CHECK(count_of(0, "package") == "0 packages");
}

TEST_CASE("a head is written as an anchor") {
  CHECK(anchor_of(Head{42, Digest::of("entry 42")}) ==
        "42:a83c330b90048104c0b66378228322d9c376e4ba509ac2430690d7901927e19d");
}

TEST_CASE("the command that shows an attempt's output") {
  CHECK(logs_command("20261123T021455Z-6f3a9c21", test::at("l10n[FR]"), "prod") ==
        "cemli logs 20261123T021455Z-6f3a9c21 'l10n[FR]' -e prod");
}

}  // namespace
}  // namespace cemli
