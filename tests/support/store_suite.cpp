#include "tests/support/store_suite.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "state/base/file.h"

namespace cemli::test {
namespace {

using Keys = std::vector<std::string>;

Keys listed(Store& store, const std::string& prefix, const std::string& from, std::size_t limit) {
  auto keys = store.list(prefix, from, limit);
  REQUIRE(keys);
  return *std::move(keys);
}

std::string stored(Store& store, const std::string& key) {
  auto bytes = store.get(key);
  REQUIRE(bytes);
  REQUIRE(*bytes);
  return **std::move(bytes);
}

void put(Store& store, const std::string& key, std::string_view bytes) {
  const auto created = store.create({key, bytes});
  REQUIRE(created);
  REQUIRE(*created == Creation::created);
}

void check_objects(Store& store) {
  SECTION("an object that was never created is absent, and that is no error") {
    const auto bytes = store.get("dev/log/1.json");
    REQUIRE(bytes);
    CHECK_FALSE(*bytes);
    const auto aged = store.get_aged("dev/log/1.json");
    REQUIRE(aged);
    CHECK_FALSE(*aged);
  }
  SECTION("an object comes back byte for byte, whatever is in it") {
    const std::string odd = std::string("a\0\xff\r\n", 5) + std::string(1'000'000, 'x');
    put(store, "dev/odd", odd);
    put(store, "dev/empty", "");
    CHECK(stored(store, "dev/odd") == odd);
    CHECK(stored(store, "dev/empty").empty());
  }
  SECTION("an object that exists is not overwritten") {
    put(store, "dev/log/1.json", "first");
    const auto again = store.create({"dev/log/1.json", "second"});
    REQUIRE(again);
    CHECK(*again == Creation::exists);
    CHECK(stored(store, "dev/log/1.json") == "first");
  }
  SECTION("the age comes with the bytes, and of a new object it is small if it is told at all") {
    put(store, "dev/log/1.json", "young");
    const auto aged = store.get_aged("dev/log/1.json");
    REQUIRE(aged);
    REQUIRE(*aged);
    CHECK((*aged)->bytes == "young");
    if ((*aged)->age) CHECK((*aged)->age < std::chrono::seconds(20));
  }
}

void check_group(Store& store, std::size_t size) {
  put(store, "dev/runs/r/package-0/1/result.json", "older");
  std::vector<std::string> bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back("bytes " + std::to_string(i));
  std::vector<NewObject> objects;
  for (std::size_t i = 0; i < size; ++i) {
    objects.push_back(
        NewObject{"dev/runs/r/package-" + std::to_string(i) + "/1/result.json", bytes[i]});
  }
  const auto created = store.create_all(objects);
  REQUIRE(created);
  REQUIRE(created->size() == size);
  CHECK(stored(store, "dev/runs/r/package-0/1/result.json") == "older");
  for (std::size_t i = 0; i < size; ++i) {
    CHECK((*created)[i] == (i == 0 ? Creation::exists : Creation::created));
    if (i > 0) CHECK(stored(store, objects[i].key) == bytes[i]);
  }
  std::vector<std::string> keys{"dev/runs/r/absent/1/result.json"};
  for (const NewObject& object : objects) keys.push_back(object.key);
  const auto all = store.get_all(keys);
  REQUIRE(all);
  REQUIRE(all->size() == size + 1);
  CHECK_FALSE(all->front());
  for (std::size_t i = 1; i < size; ++i) CHECK((*all)[i + 1] == bytes[i]);
}

void check_groups(Store& store) {
  // Small and large groups may go different ways to the disk.
  for (const std::size_t size : {0U, 1U, 3U, 4U, 40U}) {
    SECTION("a group of " + std::to_string(size) + " is created, but for what exists already") {
      check_group(store, size);
    }
  }
}

void check_lists(Store& store) {
  SECTION("two keys are looked for together") {
    put(store, "dev/log/2", "");
    const auto check = [&store](const char* key, const char* next_key) {
      const auto there = store.which_exist(key, next_key);
      REQUIRE(there);
      return *there;
    };
    CHECK(check("dev/log/1", "dev/log/2") == std::pair(false, true));
    CHECK(check("dev/log/2", "dev/log/3") == std::pair(true, false));
    CHECK(check("dev/log/3", "dev/log/4") == std::pair(false, false));
    put(store, "dev/log/3", "");
    CHECK(check("dev/log/2", "dev/log/3") == std::pair(true, true));
  }
  SECTION("a list is in byte order, from a key on, cut at a limit, and of one folder only") {
    for (const char* key : {"dev/log/3", "dev/log/10", "dev/log/1", "dev/log/a/b", "dev/log/A",
                            "dev/logs/1", "dev/lo", "prod/log/1"})
      put(store, key, "");
    CHECK(listed(store, "dev/log/", "", 100) ==
          Keys{"dev/log/1", "dev/log/10", "dev/log/3", "dev/log/A", "dev/log/a/b"});
    CHECK(listed(store, "dev/log/", "dev/log/10", 100) ==
          Keys{"dev/log/10", "dev/log/3", "dev/log/A", "dev/log/a/b"});
    CHECK(listed(store, "dev/log/", "dev/log/2", 2) == Keys{"dev/log/3", "dev/log/A"});
    CHECK(listed(store, "dev/log/", "", 1) == Keys{"dev/log/1"});
    CHECK(listed(store, "dev/log/", "dev/log/b", 100).empty());
  }
  SECTION("nothing is listed where nothing was created") {
    CHECK(listed(store, "dev/log/", "", 100).empty());
  }
}

void check_races(Store& store) {
  constexpr int kThreads = 16;
  SECTION("of 16 threads that create one object exactly one succeeds, and its bytes stay") {
    for (int round = 0; round < 20; ++round) {
      const std::string key = "dev/log/" + std::to_string(round);
      std::atomic<int> ready = 0;
      std::atomic<int> created = 0;
      std::atomic<int> failed = 0;
      std::atomic<int> winner = -1;
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
          const std::string bytes(1000, static_cast<char>('a' + i));
          for (++ready; ready < kThreads;) std::this_thread::yield();
          const auto creation = store.create({key, bytes});
          if (!creation) ++failed;
          if (creation && *creation == Creation::created) {
            ++created;
            winner = i;
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
      REQUIRE(failed == 0);
      REQUIRE(created == 1);
      REQUIRE(stored(store, key) == std::string(1000, static_cast<char>('a' + winner)));
    }
  }
}

/// A file without a name that holds these bytes.
UniqueFd file_with(std::string_view bytes) {
  auto file = make_nameless_file(std::filesystem::temp_directory_path());
  REQUIRE(file);
  REQUIRE(write_all(file->get(), bytes));
  return *std::move(file);
}

std::string content_of(const UniqueFd& file) {
  const auto range = whole_file(file.get());
  REQUIRE(range);
  auto bytes = read_at(*range, 0, range->size);
  REQUIRE(bytes);
  return *std::move(bytes);
}

/// Bytes that differ at every place, so that parts in another order are other bytes.
std::string many_bytes(std::size_t size) {
  std::string bytes;
  for (std::uint64_t block = 0; bytes.size() < size; ++block)
    bytes += Digest::of(std::to_string(block)).bytes();
  bytes.resize(size);
  return bytes;
}

void check_file(Store& store, const std::string& bytes) {
  const UniqueFd file = file_with("before" + bytes + "behind");
  const FileRange range{file.get(), 6, bytes.size()};
  const auto created = store.create({"packages/a.zip", range, Digest::of(bytes)});
  REQUIRE(created);
  CHECK(*created == Creation::created);
  const UniqueFd other = file_with(std::string(bytes.size() + 1, 'x'));
  const auto again = store.create({"packages/a.zip", FileRange{other.get(), 0, bytes.size()}});
  REQUIRE(again);
  CHECK(*again == Creation::exists);
  const auto fetched = store.get_to_file("packages/a.zip", other.get());
  REQUIRE(fetched);
  REQUIRE(*fetched);
  CHECK((*fetched)->size == bytes.size());
  CHECK((*fetched)->digest == Digest::of(bytes));
  CHECK((content_of(other) == bytes));
  CHECK((stored(store, "packages/a.zip") == bytes));
}

void check_files(Store& store) {
  SECTION("a part of a file is created and comes back into a file, whose bytes it replaces") {
    check_file(store, "small");
  }
  SECTION("an empty part of a file is an empty object") {
    check_file(store, "");
  }
  SECTION("a file that goes in several requests is one object") {
    check_file(store, many_bytes(11'000'000));
  }
  SECTION("an object that was never created leaves no file") {
    const UniqueFd file = file_with("");
    const auto fetched = store.get_to_file("packages/a.zip", file.get());
    REQUIRE(fetched);
    CHECK_FALSE(*fetched);
  }
  SECTION("objects from files and from memory are created together, but for what exists") {
    const std::string large = many_bytes(6'000'000);
    const UniqueFd first = file_with(large);
    const UniqueFd second = file_with("second");
    put(store, "d", "older");
    const auto created =
        store.create_all(std::vector<NewObject>{{"a", FileRange{first.get(), 0, large.size()}},
                                                {"b", "memory"},
                                                {"c", FileRange{second.get(), 0, 6}},
                                                {"d", FileRange{first.get(), 0, large.size()}},
                                                {"e", FileRange{second.get(), 0, 3}}});
    REQUIRE(created);
    CHECK(*created == std::vector<Creation>{Creation::created, Creation::created, Creation::created,
                                            Creation::exists, Creation::created});
    CHECK((stored(store, "a") == large));
    CHECK(stored(store, "b") == "memory");
    CHECK(stored(store, "c") == "second");
    CHECK(stored(store, "d") == "older");
    CHECK(stored(store, "e") == "sec");
  }
}

void check_changed_files(Store& store) {
  for (const std::size_t size : {5U, 6'000'000U}) {
    SECTION("a file of " + std::to_string(size) + " bytes that has changed is not created") {
      const UniqueFd file = file_with(many_bytes(size));
      const auto created =
          store.create({"packages/a.zip", FileRange{file.get(), 0, size}, Digest::of("other")});
      REQUIRE_FALSE(created);
      CHECK(created.error().code() == ErrorCode::conflict);
      const auto there = store.get("packages/a.zip");
      REQUIRE(there);
      CHECK_FALSE(*there);
    }
  }
}

}  // namespace

void check_file_store(Store& store) {
  check_files(store);
  check_changed_files(store);
}

void check_store(Store& store) {
  check_objects(store);
  check_groups(store);
  check_lists(store);
  check_races(store);
}

}  // namespace cemli::test
