#include "state/event.h"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/sample_log.h"

namespace cemli {

using test::address_of;

TEST_CASE("outcomes, actions and resolutions have words that are read back") {
  CHECK(word_of(OutcomeKind::succeeded) == "succeeded");
  CHECK(word_of(OutcomeKind::failed) == "failed");
  CHECK(word_of(OutcomeKind::error) == "error");
  CHECK(word_of(OutcomeKind::interrupted) == "interrupted");
  CHECK(word_of(OutcomeKind::rolled_back) == "rolled_back");
  CHECK(word_of(OutcomeKind::not_started) == "not_started");
  CHECK(outcome_kind_of("rolled_back") == OutcomeKind::rolled_back);
  CHECK_FALSE(outcome_kind_of("success"));

  CHECK(word_of(ActionKind::none) == "none");
  CHECK(word_of(ActionKind::run) == "run");
  CHECK(word_of(ActionKind::update) == "update");
  CHECK(word_of(ActionKind::retry) == "retry");
  CHECK(word_of(ActionKind::rerun) == "rerun");
  CHECK(word_of(ActionKind::remove) == "remove");
  CHECK(word_of(ActionKind::forget) == "forget");
  CHECK(word_of(ActionKind::blocked) == "blocked");
  CHECK(word_of(ActionKind::held) == "held");
  CHECK(action_kind_of("rerun") == ActionKind::rerun);
  CHECK_FALSE(action_kind_of("Run"));

  CHECK(word_of(Resolution::succeeded) == "succeeded");
  CHECK(word_of(Resolution::failed) == "failed");
  CHECK(word_of(Resolution::retry) == "retry");
  CHECK(resolution_of("retry") == Resolution::retry);
  CHECK_FALSE(resolution_of(""));
}

// Computed by another program (Python's json and hashlib) from the canonical text, which stands
// beside each; `content` is sha256("content"), ed7002b4…9f73.
TEST_CASE("an identity's digest is that of its canonical JSON") {
  // {"content":"ed70…","instance":null,"name":"gl-base","parameters":{},"rerun_on":{},
  //  "version":"1.0.0"}
  const Identity plain{address_of("gl-base"), "1.0.0", Digest::of("content"), {}, {}};
  CHECK(plain.content.hex() == "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73");
  CHECK(plain.digest().hex() == "11dc6b095951134c3b63d329138c52b4d940291e78d37223d4d4f28078f3b0f4");

  // {"content":"ed70…","instance":"FR","name":"l10n","parameters":{"country":"FR","limit":5000,
  //  "lowest":-9223372036854775808},"rerun_on":{"secret ERP_PASSWORD":"v3"},
  //  "version":"2.0.1-rc.1+build.5"}
  const Identity full{address_of("l10n[FR]"),
                      "2.0.1-rc.1+build.5",
                      Digest::of("content"),
                      {{"limit", std::int64_t{5000}},
                       {"country", "FR"},
                       {"lowest", std::numeric_limits<std::int64_t>::min()}},
                      {{"secret ERP_PASSWORD", "v3"}}};
  CHECK(full.digest().hex() == "098d67ced55ae847c24ed62951dda36f79d1d7cb7cd6d7b3fe0490ae2f614455");

  // … "parameters":{"quote":"a\"b\\c\ndä€","text":"5000"} …
  Identity odd = plain;
  odd.parameters = {{"text", "5000"}, {"quote", "a\"b\\c\nd\xc3\xa4\xe2\x82\xac"}};
  CHECK(odd.digest().hex() == "029dbba3109d0ee2b551b4251997f48acc168326e47bf8c268b1b2c0fec52275");
}

TEST_CASE("an identity's digest is the one that docs/state-format.md promises") {
  const auto content =
      Digest::parse("7b7f68863bd0a97fa2be16ba1fb51a0428cb632d306e4b87e163ca2fbe17441e");
  REQUIRE(content);
  const Identity identity{address_of("demo"),
                          "1.0.0",
                          *content,
                          {{"limit", std::int64_t{5000}}, {"text", "\xc3\xa9\n"}},
                          {}};
  CHECK(identity.digest().hex() ==
        "f01934899f3663ce41bdfd000096c382326c91e8092149a7947fbe3933195dfc");
}

TEST_CASE("the string and the integer of the same digits are different identities") {
  // … "parameters":{"text":"5000"} …
  Identity identity{address_of("gl-base"), "1.0.0", Digest::of("content"), {{"text", "5000"}}, {}};
  CHECK(identity.digest().hex() ==
        "c5aee9cfb945c5f93f1689196b0b4b140a0820e1782adbe5fa817449b62c6bb5");
  // … "parameters":{"text":5000} …
  identity.parameters = {{"text", std::int64_t{5000}}};
  CHECK(identity.digest().hex() ==
        "41145b1fa6b81bafec1c120dfe50cf0adc0d060c2acceb29f0f921e98b1efcd9");
}

TEST_CASE("each part of an identity counts in its digest") {
  const Identity identity{address_of("a"), "1.0.0", Digest::of("content"), {}, {}};
  Identity other = identity;
  other.address = address_of("b");
  CHECK(other.digest() != identity.digest());
  other = identity;
  other.address = address_of("a[B]");
  CHECK(other.digest() != identity.digest());
  other = identity;
  other.version = "1.0.0+1";
  CHECK(other.digest() != identity.digest());
  other = identity;
  other.content = Digest::of("other content");
  CHECK(other.digest() != identity.digest());
  other = identity;
  other.rerun_on = {{"secret S", "1"}};
  CHECK(other.digest() != identity.digest());
}

}  // namespace cemli
