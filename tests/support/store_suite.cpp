#include "tests/support/store_suite.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

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

}  // namespace

void check_store(Store& store) {
  check_objects(store);
  check_groups(store);
  check_lists(store);
  check_races(store);
}

}  // namespace cemli::test
