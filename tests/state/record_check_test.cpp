#include "state/record_check.h"

#include <catch2/catch.hpp>
#include <vector>

#include "state/checkpoint.h"
#include "state/object_names.h"
#include "state/record_export.h"
#include "tests/support/sample_log.h"
#include "tests/support/sample_record.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using test::MemoryStore;
using test::operator_jane;
using test::SampleRecord;

using Objects = std::vector<std::pair<std::string, std::string>>;

Result<void> read_into(MemoryStore& store, Objects& objects) {
  RecordReader reader(store, "dev");
  return reader.read_to_head(
      [&objects](const std::string& key, std::string_view bytes, const RecordedState&) {
        objects.emplace_back(key, bytes);
        return Result<void>();
      });
}

Objects objects_of(SampleRecord& record) {
  Objects objects;
  if (const auto read = read_into(record.state, objects); !read) FAIL(read.error().message());
  return objects;
}

/// Why objects are refused; empty where they are not.
std::string refusal_of(const Objects& objects) {
  RecordCheck check("dev");
  for (const auto& [key, bytes] : objects) {
    if (const auto taken = check.take(key, bytes); !taken) return taken.error().message();
  }
  const auto finished = check.finish();
  return finished ? "" : finished.error().message();
}

std::size_t index_of(const Objects& objects, const std::string& part) {
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].first.find(part) != std::string::npos) return i;
  }
  FAIL(part);
  return 0;
}

}  // namespace

TEST_CASE("a record is read in the order in which it can be checked, with every byte") {
  SampleRecord record;
  const Objects objects = objects_of(record);
  CHECK(std::map(objects.begin(), objects.end()) == record.state.objects);
  CHECK(index_of(objects, "refreshes/") + 1 == index_of(objects, "0007.json"));
  CHECK(index_of(objects, "checkpoints/") == index_of(objects, "0007.json") + 1);
  RecordCheck check("dev");
  for (const auto& [key, bytes] : objects) REQUIRE(check.take(key, bytes));
  CHECK(check.finish());
  CHECK(check.state().head == record.head());
  CHECK(check.counts() == RecordCounts{static_cast<std::uint64_t>(objects.size() - 2), 1, 1});
}

TEST_CASE("of a record nothing may be altered, left out, doubled or in another place") {
  SampleRecord record;
  const Objects whole = objects_of(record);
  REQUIRE(refusal_of(whole).empty());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(whole[i].first);
    Objects altered = whole;
    altered[i].second[altered[i].second.size() / 2] ^= 1;
    CHECK_FALSE(refusal_of(altered).empty());
    Objects doubled = whole;
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), whole[i]);
    if (!seq_of_checkpoint_key("dev", whole[i].first)) CHECK_FALSE(refusal_of(doubled).empty());
    Objects shorter = whole;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    // A checkpoint only saves time, and an end that is missing is the anchor's to find.
    const bool is_needed = !seq_of_checkpoint_key("dev", whole[i].first) && i + 1 < whole.size();
    CHECK(refusal_of(shorter).empty() != is_needed);
    if (i + 1 == whole.size()) continue;
    Objects swapped = whole;
    std::swap(swapped[i], swapped[i + 1]);
    CHECK_FALSE(refusal_of(swapped).empty());
  }
}

TEST_CASE("what is not of the environment's record is refused by its key") {
  SampleRecord record;
  const Objects whole = objects_of(record);
  for (const char* key : {"prod/log/00000000000000000001.json", "dev/runs/r1/plan.json",
                          "dev/log/1.json", "../dev/log/00000000000000000001.json", ""}) {
    const std::string refusal = refusal_of({{key, whole.front().second}});
    CHECK_THAT(refusal, Contains(key) && Contains("not of the record of environment 'dev'"));
  }
  CHECK_THAT(refusal_of({}), Contains("nothing was ever recorded"));
}

TEST_CASE("a copy that no entry names is refused") {
  SampleRecord record;
  Objects objects = objects_of(record);
  const std::size_t copy = index_of(objects, "refreshes/");
  objects.push_back(objects[copy]);
  CHECK_THAT(refusal_of(objects), Contains("a copy that no entry names"));
}

TEST_CASE("a record that is not whole is not read") {
  SampleRecord record;
  Objects objects;
  const std::string key = log_key("dev", 3);
  record.state.objects.erase(key);
  const auto read = read_into(record.state, objects);
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == ErrorCode::corrupt);
  CHECK_THAT(read.error().message(), Contains(key) && Contains("missing"));
  CHECK(objects.size() == 2);
  MemoryStore empty;
  const auto nothing = read_into(empty, objects);
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().code() == ErrorCode::not_found);
}

TEST_CASE("a reader goes on where it stopped, as the log grows") {
  SampleRecord record;
  RecordReader reader(record.state, "dev");
  std::vector<std::string> keys;
  const RecordVisitor visit = [&keys](const std::string& key, std::string_view,
                                      const RecordedState&) {
    keys.push_back(key);
    return Result<void>();
  };
  REQUIRE(reader.read_to_head(visit));
  const std::size_t before = keys.size();
  record.append(operator_jane(), {EnvironmentSuspended{"quarter end"}});
  REQUIRE(reader.read_to_head(visit));
  CHECK(keys.size() == before + 1);
  CHECK(reader.check().state().head == record.head());
}

TEST_CASE("what an export says of itself is read as it was written") {
  const RecordExport exported{"dev", "a1b2", "file:/srv/state", {7, Digest::of("entry 7")}};
  const std::string bytes = encode_record_export(exported);
  CHECK(
      bytes ==
      R"({"format":1,"environment":"dev","log":"a1b2","from":"file:/srv/state","head":{"seq":7,"entry":")" +
          Digest::of("entry 7").hex() + R"("},"checksum":")" +
          bytes.substr(bytes.find("checksum") + 11));
  const auto decoded = decode_record_export(bytes);
  REQUIRE(decoded);
  CHECK(*decoded == exported);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string altered = bytes;
    altered[at] ^= 1;
    if (decode_record_export(altered)) FAIL(altered);
  }
}

}  // namespace cemli
