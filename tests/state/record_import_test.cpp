#include "state/record_import.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "state/base/file.h"
#include "state/base/tar_archive.h"
#include "state/log.h"
#include "state/object_names.h"
#include "tests/support/long_tests.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"
#include "tests/support/sample_record.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using test::byte_stride;
using test::MemoryStore;
using test::operator_jane;
using test::SampleRecord;
using StoreContents = std::map<std::string, std::string>;

/// An archive of a record, in a folder of its own.
class Archive {
 public:
  explicit Archive(Store& store)
      : folder_(TemporaryFolder::make(fs::temp_directory_path(), "cemli-import-").value()) {
    RecordReader reader(store, "dev");
    REQUIRE(write_named_file(path(), [&](int fd) -> Result<void> {
      auto archive = TarArchive::start(fd);
      auto read = reader.read_to_head(
          [&archive](const std::string& key, std::string_view bytes, const RecordedState&) {
            return archive->add(key, bytes);
          });
      if (!read) return read;
      const RecordedState& state = reader.check().state();
      auto added = archive->add(
          "export.json", encode_record_export({"dev", *state.log, "file:/old", *state.head}));
      if (!added) return added;
      return archive->finish();
    }));
    whole_ = read_file(path()).value();
  }

  [[nodiscard]] fs::path path() const { return folder_.path() / "state.tar"; }
  [[nodiscard]] const std::string& bytes() const { return whole_; }
  /// The source, once these bytes are the archive's.
  RecordSource source(std::string_view bytes) {
    REQUIRE(replace_file(path(), bytes, Durability::relaxed));
    fd_ = UniqueFd(::open(path().c_str(), O_RDONLY | O_CLOEXEC));
    return archived_record(fd_.get(), "dev");
  }
  RecordSource source() { return source(whole_); }

 private:
  TemporaryFolder folder_;
  std::string whole_;
  UniqueFd fd_;
};

/// How many objects were written.
Result<std::uint64_t> bring(const RecordSource& source, Store& target) {
  auto compared = compare_record(source, target);
  if (!compared) return std::move(compared).error();
  return copy_record(source, *compared, target);
}

/// A store in memory that notes which objects are created together.
class NotingStore final : public Store {
 public:
  std::vector<std::vector<std::string>> groups;

  Result<std::optional<std::string>> get(const std::string& key) override {
    return inner_.get(key);
  }
  Result<std::optional<AgedObject>> get_aged(const std::string& key) override {
    return inner_.get_aged(key);
  }
  Result<std::optional<FetchedFile>> get_to_file(const std::string& key, int fd) override {
    return inner_.get_to_file(key, fd);
  }
  Result<Creation> create(const NewObject& object) override { return inner_.create(object); }
  Result<std::vector<Creation>> create_all(std::span<const NewObject> objects) override {
    std::vector<std::string> keys;
    for (const NewObject& object : objects) keys.push_back(object.key);
    groups.push_back(std::move(keys));
    return inner_.create_all(objects);
  }
  Result<std::pair<bool, bool>> which_exist(const std::string& key,
                                            const std::string& next_key) override {
    return inner_.which_exist(key, next_key);
  }
  Result<std::vector<std::string>> list(const std::string& prefix, const std::string& from,
                                        std::size_t limit) override {
    return inner_.list(prefix, from, limit);
  }
  [[nodiscard]] std::string address() const override { return inner_.address(); }

 private:
  MemoryStore inner_;
};

/// The keys of a record in the groups and the order in which it is written to an empty store.
std::vector<std::vector<std::string>> groups_of(SampleRecord& record) {
  NotingStore target;
  REQUIRE(bring(stored_record(record.state, "dev"), target));
  return target.groups;
}

bool is_readable(Store& store) {
  return static_cast<bool>(read_log(store, "dev", RecordedCache(std::nullopt)));
}

}  // namespace

TEST_CASE("a record is brought to another store byte for byte, once") {
  SampleRecord record;
  Archive archive(record.state);
  MemoryStore target;
  const RecordSource source =
      GENERATE(true, false) ? archive.source() : stored_record(record.state, "dev");
  CHECK(bring(source, target).value() == record.state.objects.size());
  CHECK(target.objects == record.state.objects);
  CHECK(bring(source, target).value() == 0);
  CHECK(target.objects == record.state.objects);
}

TEST_CASE("what came since is brought, too, and what went on there stays") {
  SampleRecord record;
  Archive before(record.state);
  MemoryStore target;
  REQUIRE(bring(before.source(), target));
  record.append(operator_jane(), {EnvironmentSuspended{"quarter end"}});
  Archive after(record.state);
  CHECK(bring(after.source(), target).value() == 1);
  CHECK(target.objects == record.state.objects);
  CHECK(bring(before.source(), target).value() == 0);
  CHECK(compare_record(before.source(), target)->goes_further);
  CHECK(target.objects == record.state.objects);
}

TEST_CASE("an altered archive is refused, whichever byte it is, and nothing is written") {
  SampleRecord record;
  Archive archive(record.state);
  MemoryStore target;
  // A stride that meets every place of a block, and of a header.
  for (std::size_t at = 0; at < archive.bytes().size(); at += byte_stride(7)) {
    std::string altered = archive.bytes();
    altered[at] = static_cast<char>(altered[at] ^ (1 << (at % 8)));
    if (bring(archive.source(altered), target)) FAIL("byte " << at);
    if (!target.objects.empty()) FAIL("byte " << at << " was written");
  }
  for (std::size_t size = 0; size < archive.bytes().size(); size += byte_stride(97)) {
    if (bring(archive.source(archive.bytes().substr(0, size)), target)) FAIL("size " << size);
  }
  CHECK(target.objects.empty());
}

TEST_CASE("a record is not brought to where another one is, or one that went apart") {
  SampleRecord record;
  Archive archive(record.state);
  const StoreContents whole = record.state.objects;
  MemoryStore target;
  std::string why;
  SECTION("another log") {
    RecordedState empty;
    empty.environment = "dev";
    const ComposedEntry other = compose_entry(empty, operator_jane(), test::moment(0),
                                              {EnvironmentSuspended{"quarter end"}});
    target.objects[other.key] = other.bytes;
    why = "of another log";
  }
  SECTION("another last entry") {
    SampleRecord shorter;
    Archive before(shorter.state);
    REQUIRE(bring(before.source(), target));
    record.append(operator_jane(), {EnvironmentSuspended{"here"}});
    shorter.append(operator_jane(), {EnvironmentSuspended{"there"}});
    target.objects = shorter.state.objects;
    Archive later(record.state);
    const StoreContents before_import = target.objects;
    const auto brought = bring(later.source(), target);
    REQUIRE_FALSE(brought);
    CHECK(brought.error().code() == ErrorCode::conflict);
    CHECK_THAT(brought.error().message(), Contains("went apart"));
    CHECK(target.objects == before_import);
    return;
  }
  SECTION("entries behind a gap") {
    target.objects = whole;
    target.objects.erase(log_key("dev", record.head().seq));
    target.objects[log_key("dev", record.head().seq + 1)] = "{}";
    why = "missing, although later entries are there";
  }
  SECTION("a checkpoint of another fold") {
    target.objects[checkpoint_key("dev", 2)] = "{}";
    why = checkpoint_key("dev", 2);
  }
  SECTION("a checkpoint of an entry that is nowhere") {
    target.objects[checkpoint_key("dev", 99)] = "{}";
    why = checkpoint_key("dev", 99);
  }
  const StoreContents before = target.objects;
  const auto brought = bring(archive.source(), target);
  REQUIRE_FALSE(brought);
  CHECK(brought.error().code() == ErrorCode::conflict);
  CHECK_THAT(brought.error().message(), Contains(why) && Contains("nothing was written"));
  CHECK(target.objects == before);
}

TEST_CASE("the last entry is written first, and a checkpoint behind what it was made from") {
  SampleRecord record;
  const std::vector<std::vector<std::string>> groups = groups_of(record);
  const std::uint64_t head = record.head().seq;
  REQUIRE(groups.size() == 3);
  CHECK(groups[0] == std::vector<std::string>{log_key("dev", head)});
  CHECK(groups[1].front() == log_key("dev", 1));
  CHECK(groups[2].front() == checkpoint_key("dev", 7));
  CHECK(groups[2].back() == log_key("dev", head - 1));
}

TEST_CASE("while a record is not all there nobody reads it, and the next import finishes it") {
  SampleRecord record;
  Archive archive(record.state);
  const RecordSource source = archive.source();
  std::vector<std::string> order;
  for (const std::vector<std::string>& group : groups_of(record))
    order.insert(order.end(), group.begin(), group.end());
  REQUIRE(order.size() == record.state.objects.size());
  MemoryStore cut;
  for (const std::string& key : order) {
    cut.objects[key] = record.state.objects.at(key);
    CHECK(is_readable(cut) == (key == order.back()));
    MemoryStore target;
    target.objects = cut.objects;
    REQUIRE(bring(source, target));
    CHECK(target.objects == record.state.objects);
    CHECK(is_readable(target));
  }
}

TEST_CASE("another object that comes first while a record is written stops it") {
  SampleRecord record;
  MemoryStore target;
  const RecordSource source = stored_record(record.state, "dev");
  const auto compared = compare_record(source, target);
  REQUIRE(compared);
  target.objects[log_key("dev", 2)] = "{}";
  const auto copied = copy_record(source, *compared, target);
  REQUIRE_FALSE(copied);
  CHECK(copied.error().code() == ErrorCode::conflict);
  CHECK_THAT(copied.error().message(), Contains(log_key("dev", 2)));
}

TEST_CASE("a log that grows while it is brought is brought as it was") {
  SampleRecord record;
  MemoryStore target;
  const RecordSource source = stored_record(record.state, "dev");
  const auto compared = compare_record(source, target);
  REQUIRE(compared);
  const StoreContents before = record.state.objects;
  record.append(operator_jane(), {EnvironmentSuspended{"quarter end"}});
  REQUIRE(copy_record(source, *compared, target));
  CHECK(target.objects == before);
}

TEST_CASE("an archive of another environment, or none, is refused by what it is") {
  SampleRecord record;
  Archive archive(record.state);
  static_cast<void>(archive.source());
  const UniqueFd fd(::open(archive.path().c_str(), O_RDONLY | O_CLOEXEC));
  MemoryStore target;
  CHECK_THAT(compare_record(archived_record(fd.get(), "prod"), target).error().message(),
             Contains("not of the record of environment 'prod'"));
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK_THAT(compare_record(archived_record(nothing.get(), "dev"), target).error().message(),
             Contains("it is empty"));
}

}  // namespace cemli
