#include "state/store/directory_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/store_suite.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TemporaryFolder scratch() {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-store-test-");
  REQUIRE(folder);
  return *std::move(folder);
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), folder));
  }
  std::sort(files.begin(), files.end());
  return files;
}

void set_modified(const fs::path& path, std::chrono::seconds ago) {
  struct timespec now {};
  REQUIRE(::clock_gettime(CLOCK_REALTIME, &now) == 0);
  const struct timespec times[2] = {{now.tv_sec - ago.count(), now.tv_nsec},
                                    {now.tv_sec - ago.count(), now.tv_nsec}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("a folder is a store") {
  const TemporaryFolder folder = scratch();
  const auto store = make_directory_store(folder.path() / "made" / "when needed");
  test::check_store(*store);
  test::check_file_store(*store);
}

TEST_CASE("a store in memory, for tests, is a store") {
  test::MemoryStore store;
  test::check_store(store);
  test::check_file_store(store);
}

TEST_CASE("a faulty store without a fault is a store") {
  test::MemoryStore memory;
  test::FaultyStore store(memory);
  test::check_store(store);
  test::check_file_store(store);
}

TEST_CASE("reading makes no folder, writing does") {
  const TemporaryFolder folder = scratch();
  const auto store = make_directory_store(folder.path() / "state");
  REQUIRE(store->get("dev/log/1"));
  REQUIRE(store->list("dev/log/", "", 1));
  REQUIRE(store->which_exist("dev/log/1", "dev/log/2"));
  CHECK_FALSE(fs::exists(folder.path() / "state"));
  REQUIRE(store->create({"dev/log/1", "one"}));
  CHECK(read_file(folder.path() / "state/dev/log/1").value() == "one");
}

TEST_CASE("nothing but the objects is left in the folder") {
  const TemporaryFolder folder = scratch();
  const auto store = make_directory_store(folder.path());
  REQUIRE(store->create({"dev/log/1", "one"}));
  REQUIRE(store->create({"dev/log/1", "two"}));
  const std::vector<NewObject> group{
      {"a/1", "1"}, {"a/2", "2"}, {"b/1", "3"}, {"b/2", "4"}, {"dev/log/1", "5"}};
  REQUIRE(store->create_all(group));
  REQUIRE(store->get_aged("dev/log/1"));
  CHECK(files_in(folder.path()) ==
        std::vector<std::string>{"a/1", "a/2", "b/1", "b/2", "dev/log/1"});
}

TEST_CASE("what a writer left half done is no object") {
  const TemporaryFolder folder = scratch();
  const auto store = make_directory_store(folder.path());
  REQUIRE(store->create({"dev/log/2", "two"}));
  REQUIRE(replace_file(folder.path() / "dev/log/.1.0a1b2c", "half", Durability::relaxed));
  REQUIRE(replace_file(folder.path() / "dev/.hidden/3", "half", Durability::relaxed));
  CHECK(store->list("dev/", "", 10).value() == std::vector<std::string>{"dev/log/2"});
  REQUIRE(store->create({"dev/log/1", "one"}));
  CHECK(store->get("dev/log/1").value() == "one");
}

TEST_CASE("an object's age is the difference between its time and that of a file made now") {
  const TemporaryFolder folder = scratch();
  const auto store = make_directory_store(folder.path());
  REQUIRE(store->create({"dev/log/1", "one"}));
  set_modified(folder.path() / "dev/log/1", 3600s);
  const auto old = store->get_aged("dev/log/1");
  REQUIRE(old);
  REQUIRE((*old)->age);
  CHECK((*old)->age >= 3599s);
  CHECK((*old)->age < 3660s);
  // By another machine's clock an object can be of the future; it has not expired then.
  set_modified(folder.path() / "dev/log/1", -3600s);
  const auto young = store->get_aged("dev/log/1");
  REQUIRE(young);
  CHECK((*young)->age < 0s);
}

TEST_CASE("a store says where it is, whole, and with or without a slash at the end") {
  const TemporaryFolder folder = scratch();
  CHECK(make_directory_store("/srv/cemli")->address() == "file:/srv/cemli");
  CHECK(make_directory_store("/srv/cemli/")->address() == "file:/srv/cemli");
  CHECK(make_directory_store("/srv/./cemli/x/..")->address() == "file:/srv/cemli");
  // Two working folders must not share what is cached under this name.
  CHECK(make_directory_store("state")->address() ==
        "file:" + (fs::current_path() / "state").string());

  const auto slashed = make_directory_store(folder.path() / "");
  REQUIRE(slashed->create({"dev/log/1", "one"}));
  CHECK(slashed->list("dev/log/", "", 1).value() == std::vector<std::string>{"dev/log/1"});
}

TEST_CASE("a file where a folder must be is an error, not an absent object") {
  const TemporaryFolder folder = scratch();
  REQUIRE(replace_file(folder.path() / "dev", "a file", Durability::relaxed));
  const auto store = make_directory_store(folder.path());
  const auto created = store->create({"dev/log/1", "one"});
  REQUIRE_FALSE(created);
  CHECK(created.error().message().find("Not a directory") != std::string::npos);
  const std::vector<NewObject> group{{"dev/1", ""}, {"dev/2", ""}, {"dev/3", ""}, {"dev/4", ""}};
  CHECK_FALSE(store->create_all(group));
  CHECK(files_in(folder.path()) == std::vector<std::string>{"dev"});
}

TEST_CASE("where something else stands in the store's place nothing is called absent") {
  const TemporaryFolder folder = scratch();
  const fs::path root = folder.path() / "store";
  REQUIRE(create_file(root, "", Durability::relaxed));
  const auto store = make_directory_store(root);
  CHECK(store->get("a/b").error().code() == ErrorCode::unavailable);
  CHECK(store->list("a/", "", 1).error().code() == ErrorCode::unavailable);
  CHECK(store->which_exist("a/b", "a/c").error().code() == ErrorCode::unavailable);
}

}  // namespace cemli
