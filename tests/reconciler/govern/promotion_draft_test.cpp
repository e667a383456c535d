#include "reconciler/govern/promotion_draft.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

using Catch::Matchers::Contains;

PublishedPackage published(const std::string& json) {
  auto manifest = parse_manifest(json, "m.json");
  if (!manifest) FAIL(manifest.error().message());
  REQUIRE(complete_steps(*manifest, {"steps/run.sh"}, "m.json"));
  return {*std::move(manifest), Digest::of(json), Digest::of("zip"), 1};
}

const std::string kText =
    "format: 1\nenvironment: prod\npackages:\n  a: 1.0.0\n  b: {version: 1.0.0, instances: {X: "
    "{}}}\n";

/// prod with a lock of `a` and `b` 1.0.0.
struct Target {
  EnvironmentTexts texts{kText};
  EnvironmentFile file = parse_environment_file(kText, "environments/prod.yaml").value();
  PublishedPackages found;

  Target() {
    found.packages.emplace("a", published(R"({"name":"a","version":"1.0.0","type":"extension"})"));
    found.packages.emplace("b", published(R"({"name":"b","version":"1.0.0","type":"extension"})"));
    file.lock = LockFile{
        "prod", false, {{"a", {found.packages.at("a")}}, {"b", {found.packages.at("b"), {"X"}}}}};
    texts.lock = encode_lock(*file.lock);
  }
};

PromotionChoice choice_of(const std::string& package, std::string_view to) {
  PromotionChoice choice;
  choice.promotions.push_back({package, std::nullopt, Version::parse(to).value(), Digest::of("x")});
  return choice;
}

Result<PromotionDraft> drafted(const Target& target, const PromotionChoice& choice) {
  auto draft = draft_file(target.texts, target.file, choice);
  REQUIRE(draft);
  auto locked = draft_lock(*draft, target.texts.lock, choice, target.found);
  if (!locked) return std::move(locked).error();
  return draft;
}

TEST_CASE("file and lock change together, and give what would be desired") {
  Target target;
  target.found.packages.at("b") =
      published(R"({"name":"b","version":"2.0.0","type":"extension","depends_on":{"a":"^1"}})");
  const auto draft = drafted(target, choice_of("b", "2.0.0"));
  REQUIRE(draft);
  CHECK_THAT(draft->texts.file, Contains("b: {version: 2.0.0, instances: {X: {}}}"));
  CHECK_THAT(*draft->texts.lock, Contains(R"("b": {"version":"2.0.0","instances":["X"],)"));
  const auto desired = resolve_draft(*draft, target.found);
  REQUIRE(desired);
  CHECK(desired->packages.at(Address::parse("b[X]").value()).identity.version == "2.0.0");
}

TEST_CASE("what would not resolve is an error: a dependency, an environment, a stale lock") {
  Target target;
  target.found.packages.at("b") = published(
      R"({"name":"b","version":"2.0.0","type":"extension","depends_on":{"a":"^2"},"environments":["dev"]})");
  auto draft = drafted(target, choice_of("b", "2.0.0"));
  REQUIRE(draft);
  const auto desired = resolve_draft(*draft, target.found);
  REQUIRE_FALSE(desired);
  CHECK_THAT(desired.error().message(),
             Contains("'b' 2.0.0 needs 'a' ^2") && Contains("is for dev alone, not for 'prod'"));

  draft->file.packages.emplace("c", PackageEntry{Version::parse("1.0.0").value()});
  const auto stale = resolve_draft(*draft, target.found);
  REQUIRE_FALSE(stale);
  CHECK_THAT(stale.error().message(), Contains("'c' is not locked"));
}

TEST_CASE("without a lock the published packages count") {
  Target target;
  target.texts.lock.reset();
  target.found.packages.at("a") = published(R"({"name":"a","version":"1.1.0","type":"extension"})");
  const auto draft = drafted(target, choice_of("a", "1.1.0"));
  REQUIRE(draft);
  CHECK_FALSE(draft->texts.lock);
  const auto desired = resolve_draft(*draft, target.found);
  REQUIRE(desired);
  CHECK(desired->packages.at(Address::parse("a").value()).identity.version == "1.1.0");
}

}  // namespace
}  // namespace cemli
