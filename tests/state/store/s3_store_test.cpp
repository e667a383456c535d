#include "state/store/s3_store.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"
#include "state/store/open_store.h"
#include "tests/support/object_store.h"
#include "tests/support/store_suite.h"

namespace cemli {
namespace {

using test::object_store;
using test::ObjectStore;

std::unique_ptr<Store> open(const std::string& address, const Variables& variables) {
  const auto parsed = parse_store_address(address);
  REQUIRE(parsed);
  StoreSurroundings surroundings{std::make_shared<HttpClient>(HttpSettings()),
                                 std::make_shared<RetryBudget>(100), variables};
  surroundings.part_size = test::kSuitePartSize;
  auto store = open_store(*parsed, surroundings);
  REQUIRE(store);
  return *std::move(store);
}

/// A store that nobody has written to.
std::unique_ptr<Store> new_store() {
  object_store().make_bucket("suite");
  return open(object_store().address("suite", random_hex(8)), object_store().variables());
}

}  // namespace

TEST_CASE("a bucket of a real S3 server is a store") {
  const auto store = new_store();
  test::check_store(*store);
}

TEST_CASE("a real S3 server takes files, in one request or in several") {
  const auto store = new_store();
  test::check_file_store(*store);
}

TEST_CASE("a bucket under retention takes objects, whole and in parts, and lets none be removed") {
  object_store().make_bucket("retained", ObjectStore::Versions::retained);
  const std::string prefix = random_hex(8);
  const auto store = open(object_store().address("retained", prefix), object_store().variables());
  CHECK(store->create({"small", "x"}).value() == Creation::created);
  const auto folder =
      TemporaryFolder::make(std::filesystem::temp_directory_path(), "cemli-retained-").value();
  const std::string large(test::kSuitePartSize + 1, 'y');
  REQUIRE(replace_file(folder.path() / "large", large, Durability::relaxed));
  const auto file = open_file(folder.path() / "large").value();
  CHECK(store->create({"large", FileRange{file.get(), 0, large.size()}}).value() ==
        Creation::created);
  CHECK(object_store().remove_all("retained", prefix) == std::pair(2, 2));
  CHECK(store->get("small").value() == "x");
  CHECK(store->get("large").value() == large);
}

TEST_CASE("a list goes on over the server's pages") {
  const auto store = new_store();
  std::vector<std::string> keys;
  for (int i = 1000; i < 2100; ++i) keys.push_back("dev/log/" + std::to_string(i));
  std::vector<NewObject> objects;
  for (const std::string& key : keys) objects.push_back({key, "x"});
  REQUIRE(store->create_all(objects));
  CHECK(store->list("dev/log/", "", 5000).value() == keys);
  CHECK(store->list("dev/log/", "dev/log/1500", 5000).value() ==
        std::vector<std::string>(keys.begin() + 500, keys.end()));
  CHECK(store->list("dev/log/", "", 1050).value() ==
        std::vector<std::string>(keys.begin(), keys.begin() + 1050));
}

TEST_CASE("keys with the signs that names of objects have come back as they are") {
  const auto store = new_store();
  const std::vector<std::string> keys{"dev/a%5BFR%5D/1", "dev/b+1.2.3", "dev/c d&e=f?g#h",
                                      "dev/\xC3\xA9'(x)*!"};
  for (const std::string& key : keys) {
    REQUIRE(store->create({key, key}));
    CHECK(store->get(key).value() == key);
  }
  CHECK(store->list("dev/", "", 10).value() == keys);
}

TEST_CASE("an object has an age by the server's own clock") {
  const auto store = new_store();
  REQUIRE(store->create({"dev/log/1", "one"}));
  const auto aged = store->get_aged("dev/log/1");
  REQUIRE(aged);
  REQUIRE((*aged)->age);
  CHECK((*aged)->age >= std::chrono::seconds(0));
}

TEST_CASE("a missing bucket, a wrong secret and an unknown key are errors, never absent objects") {
  const ObjectStore& server = object_store();
  const auto nowhere = open(server.address("nowhere", "x"), server.variables());
  for (const auto& error : {nowhere->get("dev/log/1").error(), nowhere->list("", "", 1).error(),
                            nowhere->create({"dev/log/1", "x"}).error()}) {
    CHECK(error.code() == ErrorCode::not_found);
    CHECK(error.message().find("NoSuchBucket") != std::string::npos);
    CHECK(error.message().find("(request id ") != std::string::npos);
  }
  for (const char* wrong : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) {
    const auto stranger = open(server.address("suite", "x"), [&](const char* name) {
      return std::string(name) == wrong ? "not-the-right-one" : server.variables()(name);
    });
    const auto read = stranger->get("dev/log/1");
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == ErrorCode::denied);
    CHECK(read.error().message().find("not-the-right-one") == std::string::npos);
    CHECK(stranger->create({"dev/log/1", "x"}).error().code() == ErrorCode::denied);
  }
}

}  // namespace cemli
