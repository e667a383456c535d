#include "state/store/write_once.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/memory_store.h"

namespace cemli {
namespace {

TEST_CASE("what is there with the same bytes was written already") {
  test::MemoryStore store;
  store.objects["a"] = "1";
  const std::vector<NewObject> objects{{"a", "1"}, {"b", "2"}};
  CHECK(write_once(store, objects));
  CHECK(write_once(store, objects));
  CHECK(store.objects == std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}});
  CHECK(write_once(store, std::vector<NewObject>{}));
}

TEST_CASE("what is there with other bytes is a conflict, and stays") {
  test::MemoryStore store;
  store.objects["a"] = "1";
  const auto written = write_once(store, "a", "2");
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == ErrorCode::conflict);
  CHECK(written.error().message() == "'a' is there with other bytes");
  CHECK(store.objects["a"] == "1");
}

}  // namespace
}  // namespace cemli
