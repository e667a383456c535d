#include "state/recorded_cache.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"
#include "tests/support/long_tests.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

TemporaryFolder scratch() {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-cache-test-");
  REQUIRE(folder);
  return *std::move(folder);
}

CachedFold small_fold() {
  test::History history;
  history.add(test::written_by("run-1"), {test::run_started("run-1")});
  history.add(test::written_by("run-1"), {test::started("a", 1)});
  return {history.state(), {11, 22, 33}};
}

fs::path only_file_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  REQUIRE(files.size() == 1);
  return files.front();
}

}  // namespace

TEST_CASE("a fold comes back with its debt, for the same store and environment only") {
  const TemporaryFolder folder = scratch();
  const RecordedCache cache(folder.path() / "made" / "when needed");
  CHECK_FALSE(cache.load("file:/s", "dev"));
  cache.keep("file:/s", small_fold());
  const auto cached = cache.load("file:/s", "dev");
  REQUIRE(cached);
  CHECK(cached->state == small_fold().state);
  CHECK(cached->debt == CheckpointDebt{11, 22, 33});
  CHECK_FALSE(cache.load("file:/other", "dev"));
  CHECK_FALSE(cache.load("file:/s", "prod"));
}

TEST_CASE("every member of a fold comes back as it was") {
  const TemporaryFolder folder = scratch();
  const RecordedCache cache(folder.path());
  CachedFold fold{test::full_state(), {11, 22, 33}};
  AddressRecord& record = fold.state.addresses.begin()->second;
  record.resolution = Resolution::failed;
  record.tainted_as = Status::drifted;
  record.last_attempt->done = {"run 1"};
  fold.state.active_run->started.approvals = {
      {"jane", "SHA256:x", {"approvals/x", Digest::of("x")}}};
  fold.state.active_run->writer.authenticated = "ocid1.user";
  SECTION("while a run is active") {}
  SECTION("in a closed log") {
    fold.state.active_run.reset();
    fold.state.closed = Closing{"s3://elsewhere", {"jane", "moved", test::moment(5)}};
  }
  cache.keep("file:/s", fold);
  const auto cached = cache.load("file:/s", "dev");
  REQUIRE(cached);
  CHECK(cached->state == fold.state);
}

TEST_CASE("a newer fold takes the place of the older one, and a dropped one is gone") {
  const TemporaryFolder folder = scratch();
  const RecordedCache cache(folder.path());
  cache.keep("file:/s", small_fold());
  CachedFold newer = small_fold();
  newer.debt.entries = 34;
  cache.keep("file:/s", newer);
  REQUIRE(cache.load("file:/s", "dev"));
  CHECK(cache.load("file:/s", "dev")->debt.entries == 34);
  cache.drop("file:/s", "dev");
  CHECK_FALSE(cache.load("file:/s", "dev"));
  cache.drop("file:/s", "dev");
}

TEST_CASE("a damaged cache file counts as absent, whichever byte is wrong") {
  const TemporaryFolder folder = scratch();
  const RecordedCache cache(folder.path());
  cache.keep("file:/s", small_fold());
  const fs::path file = only_file_in(folder.path());
  const auto whole = read_file(file);
  REQUIRE(whole);
  for (std::size_t i = 0; i < whole->size(); i += test::byte_stride(1)) {
    std::string damaged = *whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    REQUIRE(replace_file(file, damaged, Durability::relaxed));
    INFO("byte " << i);
    REQUIRE_FALSE(cache.load("file:/s", "dev"));
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, whole->size() - 1}) {
    REQUIRE(replace_file(file, whole->substr(0, size), Durability::relaxed));
    CHECK_FALSE(cache.load("file:/s", "dev"));
  }
  REQUIRE(replace_file(file, *whole, Durability::relaxed));
  CHECK(cache.load("file:/s", "dev"));
}

TEST_CASE("no cache, one that cannot be written, and a state without entries are no errors") {
  const RecordedCache none(std::nullopt);
  none.keep("file:/s", small_fold());
  CHECK_FALSE(none.load("file:/s", "dev"));
  none.drop("file:/s", "dev");

  const TemporaryFolder folder = scratch();
  REQUIRE(replace_file(folder.path() / "file", "", Durability::relaxed));
  const RecordedCache blocked(folder.path() / "file" / "cache");
  blocked.keep("file:/s", small_fold());
  CHECK_FALSE(blocked.load("file:/s", "dev"));

  const RecordedCache cache(folder.path() / "cache");
  RecordedState empty;
  empty.environment = "dev";
  cache.keep("file:/s", {empty, {}});
  CHECK_FALSE(cache.load("file:/s", "dev"));
}

}  // namespace cemli
