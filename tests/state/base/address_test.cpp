#include "state/base/address.h"

#include <catch2/catch.hpp>
#include <string>

namespace cemli {

TEST_CASE("a name is lower-case letters, digits and hyphens, at most 63, no hyphen first") {
  for (const char* name : {"a", "0", "gl-approval-config", "9lives", "a-", "a--b"})
    CHECK(is_name(name));
  CHECK(is_name(std::string(63, 'a')));
  for (const char* name : {"", "-a", "A", "a_b", "a.b", "a b", "a/b", "..", "\xc3\xa4", "a\n"}) {
    INFO(name);
    CHECK_FALSE(is_name(name));
  }
  CHECK_FALSE(is_name(std::string(64, 'a')));
  CHECK_FALSE(is_name(std::string("a\0b", 3)));
}

TEST_CASE("an instance is letters, digits, underscores and hyphens, at most 32") {
  for (const char* instance : {"F", "FR", "-", "_", "emea-2_b"}) CHECK(is_instance(instance));
  CHECK(is_instance(std::string(32, 'Z')));
  for (const char* instance : {"", "a b", "a]", "[", "a.b", "\xc3\xa4"})
    CHECK_FALSE(is_instance(instance));
  CHECK_FALSE(is_instance(std::string(33, 'Z')));
}

TEST_CASE("a parameter starts with a letter and goes on with letters, digits and underscores") {
  for (const char* name : {"a", "limit_2", "country"}) CHECK(is_parameter_name(name));
  CHECK(is_parameter_name(std::string(63, 'p')));
  for (const char* name : {"", "2a", "_a", "a-b", "A", "a.b"}) CHECK_FALSE(is_parameter_name(name));
  CHECK_FALSE(is_parameter_name(std::string(64, 'p')));
}

TEST_CASE("an address is read from and written as NAME or NAME[INSTANCE]") {
  const auto plain = Address::parse("gl-base");
  REQUIRE(plain);
  CHECK(plain->name() == "gl-base");
  CHECK_FALSE(plain->instance());
  CHECK(plain->text() == "gl-base");

  const auto instance = Address::parse("l10n[FR]");
  REQUIRE(instance);
  CHECK(instance->name() == "l10n");
  CHECK(instance->instance() == "FR");
  CHECK(instance->text() == "l10n[FR]");
  CHECK(*instance == *Address::make("l10n", "FR"));
}

TEST_CASE("what is not an address is refused") {
  for (const char* text : {"", "[", "]", "[FR]", "a[", "a[]", "a]", "a[b", "a[b]c", "a[b][c]",
                           "A[b]", "a[b c]", "a [b]", "../a"}) {
    INFO(text);
    const auto parsed = Address::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == ErrorCode::invalid_input);
  }
  CHECK(
      Address::parse("GL").error().message() ==
      "'GL' is not a package name: lower-case letters, digits and '-', at most 63, not '-' first");
}

TEST_CASE("addresses are ordered by name, the unnamed instance first") {
  const Address base = *Address::parse("l10n");
  const Address de = *Address::parse("l10n[DE]");
  const Address fr = *Address::parse("l10n[FR]");
  const Address later = *Address::parse("l10n-extra");
  CHECK(base < de);
  CHECK(de < fr);
  CHECK(fr < later);
}

}  // namespace cemli
