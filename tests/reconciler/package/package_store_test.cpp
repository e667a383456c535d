#include "reconciler/package/package_store.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reconciler/package/published_codec.h"
#include "state/base/file.h"
#include "state/store/directory_store.h"
#include "tests/reconciler/package/raw_zip.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::deflated;
using test::raw_zip;
using test::RawEntry;

std::string manifest_of(const std::string& name, const std::string& version) {
  return R"({"name": ")" + name + R"(", "version": ")" + version + R"(", "type": "extension"})";
}

std::string zip_of(const std::string& name, const std::string& version,
                   const std::string& script = "true") {
  return raw_zip(
      {RawEntry{"manifest.json", manifest_of(name, version)}, RawEntry{"steps/run.sh", script}});
}

/// The same content as `zip_of`, in other bytes.
std::string other_zip_of(const std::string& name, const std::string& version,
                         const std::string& script = "true") {
  return raw_zip(
      {deflated("steps/run.sh", script), deflated("manifest.json", manifest_of(name, version))});
}

Version version(std::string_view text) {
  return *Version::parse(text);
}

class Fixture {
 public:
  Fixture()
      : folder_(*TemporaryFolder::make(fs::temp_directory_path(), "cemli-packages-test-")),
        store_(make_directory_store(root())),
        packages(*store_) {}

  [[nodiscard]] fs::path root() const { return folder_.path() / "packages"; }
  /// Publishes files that hold these zips.
  std::vector<Result<PublishedResult>> publish_all(const std::vector<std::string>& zips) {
    std::vector<fs::path> files;
    for (const std::string& zip : zips) {
      files.push_back(folder_.path() / ("zip-" + std::to_string(++files_)));
      REQUIRE(create_file(files.back(), zip, Durability::relaxed));
    }
    return packages.publish_all(files);
  }
  Result<PublishedResult> publish(const std::string& zip) {
    return std::move(publish_all({zip}).front());
  }
  void put(const std::string& key, std::string_view bytes) const {
    REQUIRE(replace_file(root() / key, bytes, Durability::relaxed));
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  int files_ = 0;

 public:
  PackageStore packages;
};

}  // namespace

TEST_CASE("a published version can be found, fetched and verified") {
  Fixture fixture;
  const std::string zip = zip_of("gl-base", "1.0.0");
  const auto result = fixture.publish(zip);
  REQUIRE(result);
  CHECK(result->publication == Publication::published);
  const auto found = fixture.packages.find("gl-base", version("1.0.0"));
  REQUIRE(found);
  REQUIRE(*found);
  CHECK(**found == result->package);
  CHECK((*found)->manifest.steps.at(0).program == "steps/run.sh");
  CHECK((*found)->zip_digest == Digest::of(zip));
  const auto fetched =
      fixture.packages.fetch("gl-base", version("1.0.0"), Digest::of(zip), zip.size());
  REQUIRE(fetched);
  CHECK(read_at(whole_file(fetched->get()).value(), 0, zip.size() + 1).value() == zip);
  CHECK(fixture.packages.verify("gl-base", version("1.0.0")));
}

TEST_CASE("the index of a version is canonical JSON") {
  Fixture fixture;
  const std::string zip = zip_of("gl-base", "1.0.0+5");
  const auto result = fixture.publish(zip);
  REQUIRE(result);
  const auto bytes = read_file(fixture.root() / "gl-base/1.0.0%2B5.json");
  REQUIRE(bytes);
  CHECK(*bytes == R"({"content_digest":")" + result->package.content.hex() +
                      R"(","format":1,"manifest":{"name":"gl-base","type":"extension",)" +
                      R"("version":"1.0.0+5"},"programs":["steps/run.sh"],"zip_sha256":")" +
                      Digest::of(zip).hex() + R"(","zip_size":)" + std::to_string(zip.size()) +
                      "}");
  CHECK(fs::exists(fixture.root() / "gl-base/1.0.0%2B5.zip"));
  CHECK(*decode_published(*bytes) == result->package);
}

TEST_CASE("publishing the same content again succeeds and writes nothing") {
  Fixture fixture;
  REQUIRE(fixture.publish(zip_of("a", "1.0.0")));
  const auto again = fixture.publish(other_zip_of("a", "1.0.0"));
  REQUIRE(again);
  CHECK(again->publication == Publication::already_there);
  CHECK(*read_file(fixture.root() / "a/1.0.0.zip") == zip_of("a", "1.0.0"));
}

TEST_CASE("publishing other content under the same version is a conflict") {
  Fixture fixture;
  REQUIRE(fixture.publish(zip_of("a", "1.0.0")));
  const auto other = fixture.publish(zip_of("a", "1.0.0", "false"));
  REQUIRE_FALSE(other);
  CHECK(other.error().code() == ErrorCode::conflict);
  CHECK(
      other.error().message().starts_with("package 'a' 1.0.0 is there already with other content"));
  CHECK(*read_file(fixture.root() / "a/1.0.0.zip") == zip_of("a", "1.0.0"));
}

TEST_CASE("a zip that is not a package is not published") {
  Fixture fixture;
  const auto result = fixture.publish("not a zip");
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == ErrorCode::invalid_input);
  CHECK_FALSE(fs::exists(fixture.root()));
}

TEST_CASE("a zip without an index is no version, and is taken when its content is published") {
  Fixture fixture;
  fixture.put("a/1.0.0.zip", other_zip_of("a", "1.0.0"));
  CHECK_FALSE(*fixture.packages.find("a", version("1.0.0")));
  CHECK(fixture.packages.list()->empty());
  const auto result = fixture.publish(zip_of("a", "1.0.0"));
  REQUIRE(result);
  CHECK(result->publication == Publication::published);
  CHECK(result->package.zip_digest == Digest::of(other_zip_of("a", "1.0.0")));
  CHECK(fixture.packages.verify("a", version("1.0.0")));
}

TEST_CASE("a zip of other content without an index is in the way") {
  Fixture fixture;
  fixture.put("a/1.0.0.zip", zip_of("a", "1.0.0", "false"));
  fixture.put("a/1.0.1.zip", "cut off");
  for (const char* text : {"1.0.0", "1.0.1"}) {
    const auto result = fixture.publish(zip_of("a", text));
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == ErrorCode::conflict);
    CHECK_FALSE(*fixture.packages.find("a", version(text)));
  }
}

TEST_CASE("of many packages each is published or says why not") {
  Fixture fixture;
  REQUIRE(fixture.publish(zip_of("ar-base", "1.0.0")));
  std::vector<std::string> zips{zip_of("ar-base", "1.0.0", "false"), "no zip"};
  for (int i = 0; i < 300; ++i) zips.push_back(zip_of("gl-base", "1.0." + std::to_string(i)));
  const std::size_t again = zips.size();
  zips.push_back(other_zip_of("gl-base", "1.0.299"));
  zips.push_back(zip_of("gl-base", "1.0.299", "false"));
  const auto results = fixture.publish_all(zips);
  REQUIRE(results.size() == zips.size());
  CHECK(results[0].error().code() == ErrorCode::conflict);
  CHECK(results[1].error().code() == ErrorCode::invalid_input);
  for (std::size_t i = 2; i < again; ++i) {
    REQUIRE(results[i]);
    CHECK(results[i]->publication == Publication::published);
    CHECK(fixture.packages.verify("gl-base", results[i]->package.manifest.version));
  }
  REQUIRE(results[again]);
  CHECK(results[again]->publication == Publication::already_there);
  REQUIRE_FALSE(results[again + 1]);
  CHECK(results[again + 1].error().code() == ErrorCode::conflict);
  CHECK(fixture.packages.versions("gl-base")->size() == 300);
}

TEST_CASE("a zip without an index is settled in a group too") {
  Fixture fixture;
  fixture.put("gl-base/1.0.0.zip", other_zip_of("gl-base", "1.0.0"));
  fixture.put("gl-base/1.0.1.zip", zip_of("gl-base", "1.0.1", "false"));
  const std::vector<std::string> zips{zip_of("gl-base", "1.0.0"), zip_of("gl-base", "1.0.1"),
                                      zip_of("gl-base", "1.0.2"), zip_of("gl-base", "1.0.3")};
  const auto results = fixture.publish_all(zips);
  REQUIRE(results[0]);
  CHECK(results[0]->package.zip_digest == Digest::of(other_zip_of("gl-base", "1.0.0")));
  REQUIRE_FALSE(results[1]);
  CHECK(results[1].error().code() == ErrorCode::conflict);
  CHECK(results[2]);
  CHECK(results[3]);
}

TEST_CASE("versions are listed by name and precedence, and nothing else is") {
  Fixture fixture;
  CHECK(fixture.packages.list()->empty());
  for (const char* text : {"1.10.0", "1.2.0", "1.2.0-rc.1", "1.2.0+b"})
    REQUIRE(fixture.publish(zip_of("b", text)));
  REQUIRE(fixture.publish(zip_of("a", "3.0.0")));
  for (const char* key : {"b/notes.json", "b/1.0.json", "B/1.0.0.json", "1.0.0.json",
                          "b/c/1.0.0.json", "b/1.0.0+x.json", "b/7.0.0.zip"})
    fixture.put(key, "{}");
  std::vector<std::string> listed;
  const auto packages = fixture.packages.list();
  REQUIRE(packages);
  for (const PackageVersion& package : *packages)
    listed.push_back(package.name + " " + package.version.text());
  CHECK(listed ==
        std::vector<std::string>{"a 3.0.0", "b 1.2.0-rc.1", "b 1.2.0", "b 1.2.0+b", "b 1.10.0"});
  CHECK(fixture.packages.versions("b")->size() == 4);
  CHECK(fixture.packages.versions("none")->empty());
  CHECK_FALSE(fixture.packages.versions("../b"));
}

TEST_CASE("a zip that is not what was published is corrupt") {
  Fixture fixture;
  const std::string zip = zip_of("a", "1.0.0");
  REQUIRE(fixture.publish(zip));
  const auto code = [&] {
    const auto fetched = fixture.packages.fetch("a", version("1.0.0"), Digest::of(zip), zip.size());
    REQUIRE_FALSE(fetched);
    CHECK(fixture.packages.verify("a", version("1.0.0")).error().code() == ErrorCode::corrupt);
    return fetched.error().code();
  };
  std::string changed = zip;
  changed[40] = static_cast<char>(changed[40] ^ 1);
  fixture.put("a/1.0.0.zip", changed);
  CHECK(code() == ErrorCode::corrupt);
  fixture.put("a/1.0.0.zip", zip + "x");
  CHECK(code() == ErrorCode::corrupt);
  fs::remove(fixture.root() / "a/1.0.0.zip");
  CHECK(code() == ErrorCode::corrupt);
}

TEST_CASE("an index that does not fit its zip or its key is corrupt") {
  Fixture fixture;
  REQUIRE(fixture.publish(zip_of("a", "1.0.0")));
  const std::string index = *read_file(fixture.root() / "a/1.0.0.json");
  auto document = nlohmann::json::parse(index);
  document["content_digest"] = Digest::of("other").hex();
  fixture.put("a/1.0.0.json", document.dump());
  CHECK(fixture.packages.verify("a", version("1.0.0")).error().code() == ErrorCode::corrupt);
  fixture.put("b/1.0.0.json", index);
  CHECK(fixture.packages.find("b", version("1.0.0")).error().code() == ErrorCode::corrupt);
  fixture.put("a/1.0.0.json", index.substr(1));
  CHECK(fixture.packages.find("a", version("1.0.0")).error().code() == ErrorCode::corrupt);
  document = nlohmann::json::parse(index);
  document["format"] = 2;
  fixture.put("a/1.0.0.json", document.dump());
  CHECK(fixture.packages.find("a", version("1.0.0")).error().message().find("newer") !=
        std::string::npos);
}

TEST_CASE("a version that does not exist is not there") {
  Fixture fixture;
  CHECK_FALSE(*fixture.packages.find("a", version("1.0.0")));
  CHECK(fixture.packages.verify("a", version("1.0.0")).error().code() == ErrorCode::not_found);
  CHECK(fixture.packages.find("../a", version("1.0.0")).error().code() == ErrorCode::invalid_input);
}

}  // namespace cemli
