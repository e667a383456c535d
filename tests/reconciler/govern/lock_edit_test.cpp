#include "reconciler/govern/lock_edit.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace cemli {
namespace {

const std::string kLockFile = "environments/prod.lock.json";

LockedPackage locked(const std::string& name, const std::string& version,
                     std::vector<std::string> instances = {}) {
  auto manifest =
      parse_manifest(fmt::format(R"({{"name": "{}", "version": "{}", "type": "extension",
                       "description": "braces }} and \"quotes\""}})",
                                 name, version),
                     "m.json");
  if (!manifest) FAIL(manifest.error().message());
  REQUIRE(complete_steps(*manifest, {"steps/run.sh"}, "m.json"));
  return {{*std::move(manifest), Digest::of(name), Digest::of(version), 100}, std::move(instances)};
}

LockFile sample() {
  return {"prod", false, {{"b", locked("b", "1.0.0", {"DE"})}, {"d", locked("d", "1.0.0")}}};
}

std::string promoted(const std::string& text, const std::map<std::string, LockedPackage>& changes) {
  const auto result = promote_in_lock(text, "prod", kLockFile, changes);
  INFO((result ? "" : result.error().message()));
  REQUIRE(result);
  return *result;
}

TEST_CASE("a lock with a promoted line is what would be written anew") {
  LockFile expected = sample();
  expected.packages.at("b") = locked("b", "2.0.0", {"DE"});
  CHECK(promoted(encode_lock(sample()), {{"b", locked("b", "2.0.0", {"DE"})}}) ==
        encode_lock(expected));
}

TEST_CASE("a new line stands where it is sorted") {
  for (const std::string name : {"a", "c", "e"}) {
    LockFile expected = sample();
    expected.packages.emplace(name, locked(name, "1.0.0"));
    CHECK(promoted(encode_lock(sample()), {{name, locked(name, "1.0.0")}}) ==
          encode_lock(expected));
  }
  LockFile expected = sample();
  std::map<std::string, LockedPackage> many;
  for (const std::string name : {"a", "a1", "c", "c1", "e", "f"}) {
    many.emplace(name, locked(name, "1.0.0"));
    expected.packages.emplace(name, locked(name, "1.0.0"));
  }
  CHECK(promoted(encode_lock(sample()), many) == encode_lock(expected));
  CHECK(promoted(encode_lock({"prod"}), {{"a", locked("a", "1.0.0")}}) ==
        encode_lock({"prod", false, {{"a", locked("a", "1.0.0")}}}));
}

TEST_CASE("lines that are not promoted keep their bytes, whatever shape they have") {
  std::string text = encode_lock(sample());
  const std::size_t other = text.find("\"d\": ");
  text.insert(other + 5, " \r\n ");
  text += "\n\n";
  const std::string after = promoted(text, {{"b", locked("b", "2.0.0", {"DE"})}});
  CHECK(after.substr(after.find("\"d\": ")) == text.substr(other));
}

TEST_CASE("a line that is promoted to what it is stays as it is") {
  std::string text = encode_lock(sample());
  text.insert(text.find("\"b\": ") + 5, "  ");
  CHECK(promoted(text, {{"b", locked("b", "1.0.0", {"DE"})}}) == text);
}

TEST_CASE("a lock that cannot be read, or not be changed line by line, is refused") {
  CHECK_FALSE(promote_in_lock("{", "prod", kLockFile, {}));
  std::string text = encode_lock(sample());
  text.replace(text.find("\"b\": "), 3, "\"\\u0062\"");
  const auto refused = promote_in_lock(text, "prod", kLockFile, {{"b", locked("b", "2.0.0", {"DE"})}});
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message(), Catch::Contains("not as cemli writes it"));
}

}  // namespace
}  // namespace cemli
