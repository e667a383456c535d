#include "state/base/principal_patterns.h"

#include <catch2/catch.hpp>
#include <vector>

namespace cemli {
namespace {

using Patterns = std::vector<std::string>;

TEST_CASE("a principal is matched by patterns as ssh reads them") {
  const auto is_matched = [](std::string_view name, const std::string& pattern) {
    return matches_principal(name, Patterns{pattern});
  };
  CHECK(is_matched("alice@acme.com", "alice@acme.com"));
  CHECK(is_matched("alice@acme.com", "*@acme.com"));
  CHECK(is_matched("@acme.com", "*@acme.com"));
  CHECK(is_matched("alice@acme.com", "*"));
  CHECK(is_matched("alice@acme.com", "al?ce@*.com"));
  CHECK(is_matched("alice@acme.com", "**a*e@acme.com*"));
  CHECK(is_matched("aab", "*ab"));
  CHECK(is_matched("build-7@ci", "build-?@ci,*@acme.com"));

  CHECK_FALSE(is_matched("alice@acme.com", "*@acme.co"));
  CHECK_FALSE(is_matched("alice@acme.com.evil.org", "*@acme.com"));
  CHECK_FALSE(is_matched("Alice@acme.com", "alice@acme.com"));
  CHECK_FALSE(is_matched("alice", "alic"));
  CHECK_FALSE(is_matched("alic", "alice"));
  CHECK_FALSE(is_matched("build-17@ci", "build-?@ci"));
  CHECK_FALSE(is_matched("", "?"));
  CHECK_FALSE(is_matched("alice@acme.com", ""));
}

TEST_CASE("a name that a negated pattern matches is out, wherever that stands") {
  CHECK(matches_principal("bob@acme.com", Patterns{"*@acme.com,!mallory@acme.com"}));
  CHECK_FALSE(matches_principal("mallory@acme.com", Patterns{"*@acme.com,!mallory@acme.com"}));
  CHECK_FALSE(matches_principal("mallory@acme.com", Patterns{"!mallory@*", "*@acme.com"}));
  CHECK_FALSE(matches_principal("mallory@acme.com", Patterns{"*@acme.com", "!mallory@*"}));
  CHECK_FALSE(matches_principal("bob@acme.com", Patterns{"!mallory@acme.com"}));
  CHECK_FALSE(matches_principal("bob@acme.com", Patterns{}));
}

TEST_CASE("of somebody with several names one must be meant and none out") {
  const Patterns patterns{"*@acme.com", "!*@contractors.acme.com"};
  CHECK(matches_principals(Patterns{"al@home.org", "al@acme.com"}, patterns));
  CHECK_FALSE(matches_principals(Patterns{"al@home.org"}, patterns));
  CHECK_FALSE(matches_principals(Patterns{"al@acme.com", "al@contractors.acme.com"}, patterns));
  CHECK_FALSE(matches_principals(Patterns{}, patterns));
}

TEST_CASE("a pattern of many stars takes no time") {
  const std::string name(4000, 'a');
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  CHECK_FALSE(matches_principal(name + "b", Patterns{pattern + "c"}));
  CHECK(matches_principal(name, Patterns{pattern}));
}

}  // namespace
}  // namespace cemli
