#include "reconciler/package/package_lookup.h"

#include <catch2/catch.hpp>
#include <string>

#include "reconciler/package/published_codec.h"
#include "tests/support/memory_store.h"

namespace cemli {
namespace {

using test::MemoryStore;

PublishedPackage package_of(const std::string& name, const std::string& version,
                            const std::string& more = "") {
  auto manifest = parse_manifest(R"({"name": ")" + name + R"(", "version": ")" + version +
                                     R"(", "type": "extension")" + more + "}",
                                 "manifest.json");
  REQUIRE(manifest);
  REQUIRE(complete_steps(*manifest, {"steps/run.sh"}, "manifest.json"));
  return {*std::move(manifest), Digest::of("content of " + name), Digest::of("zip of " + name), 10};
}

struct Shelf {
  MemoryStore store;

  void put(const PublishedPackage& package) {
    const Manifest& manifest = package.manifest;
    store.objects[key_of(PackageObject::index, manifest.name, manifest.version)] =
        encode_published(package);
  }
  [[nodiscard]] std::vector<Problem> differences(const PublishedPackage& written) {
    const std::vector<const PublishedPackage*> all{&written};
    auto problems = compare_with_published(store, all);
    REQUIRE(problems);
    return *std::move(problems);
  }
};

PackageVersion version_of(const std::string& name, const std::string& version) {
  return {name, Version::parse(version).value()};
}

TEST_CASE("many versions are looked up in their order") {
  Shelf shelf;
  std::vector<PackageVersion> wanted;
  for (int i = 0; i < 600; ++i) {
    const std::string name = "p" + std::to_string(i);
    if (i != 300) shelf.put(package_of(name, "1.0.0"));
    wanted.push_back(version_of(name, "1.0.0"));
  }
  std::size_t next = 0;
  const auto found = look_up_packages(
      shelf.store, wanted,
      [&](std::size_t place, const std::optional<PublishedPackage>& package) -> Result<void> {
        CHECK(place == next++);
        CHECK(package.has_value() == (place != 300));
        if (package) CHECK(package->manifest.name == wanted[place].name);
        return {};
      });
  REQUIRE(found);
  CHECK(next == 600);
}

TEST_CASE("a look-up ends with the first error") {
  Shelf shelf;
  shelf.put(package_of("a", "1.0.0"));
  shelf.store.objects["b/1.0.0.json"] = shelf.store.objects.at("a/1.0.0.json");
  const std::vector<PackageVersion> wanted{version_of("b", "1.0.0")};
  const auto found = look_up_packages(
      shelf.store, wanted,
      [](std::size_t, const std::optional<PublishedPackage>&) { return Result<void>(); });
  REQUIRE_FALSE(found);
  CHECK(found.error().code() == ErrorCode::corrupt);
  CHECK(found.error().message() == "'b/1.0.0.json' in memory:test is of package 'a' 1.0.0");
}

TEST_CASE("what was written down of a package is compared with what was published") {
  Shelf shelf;
  const PublishedPackage published = package_of("a", "1.0.0", R"(, "depends_on": {"b": "^1"})");
  shelf.put(published);
  CHECK(shelf.differences(published).empty());
  PublishedPackage edited = published;
  edited.content = Digest::of("other");
  edited.zip_digest = Digest::of("another zip");
  CHECK(shelf.differences(edited) ==
        std::vector<Problem>{{"'a' 1.0.0", "content_digest, zip_sha256 not as published"}});
  CHECK(shelf.differences(package_of("a", "1.0.0")) ==
        std::vector<Problem>{{"'a' 1.0.0", "manifest/depends_on not as published"}});
  CHECK(
      shelf.differences(package_of("a", "1.0.0", R"(, "owner": "me", "depends_on": {})")) ==
      std::vector<Problem>{{"'a' 1.0.0", "manifest/depends_on, manifest/owner not as published"}});
  CHECK(shelf.differences(package_of("a", "2.0.0")) ==
        std::vector<Problem>{{"'a' 2.0.0", "it is not published"}});
}

TEST_CASE("a published object in other bytes is the same where it says the same") {
  Shelf shelf;
  const PublishedPackage published = package_of("a", "1.0.0");
  shelf.put(published);
  std::string& bytes = shelf.store.objects.at("a/1.0.0.json");
  bytes.insert(1, "  ");
  CHECK(shelf.differences(published).empty());
}

}  // namespace
}  // namespace cemli
