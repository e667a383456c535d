#include "reconciler/desired/desired_source.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "reconciler/desired/locking.h"
#include "state/base/file.h"
#include "tests/support/memory_store.h"
#include "tests/support/memory_tree.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::MemoryStore;
using test::MemoryTree;
using Files = std::map<std::string, std::string>;

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

LockedPackage line_of(const std::string& version) {
  Manifest manifest =
      parse_manifest(
          fmt::format(R"({{"name": "a", "version": "{}", "type": "extension"}})", version),
          "m.json")
          .value();
  REQUIRE(complete_steps(manifest, {"steps/run.sh"}, "m.json"));
  return {{std::move(manifest), Digest::of("content " + version), Digest::of("zip"), 100}};
}

Files locked_at(const std::string& version) {
  LockFile lock{"dev"};
  lock.packages.emplace("a", line_of(version));
  return {{"environments/dev.yaml",
           "format: 1\nenvironment: dev\ndescription: of a test\npackages: {a: ^1}\n"},
          {"environments/dev.lock.json", encode_lock(lock)}};
}

/// Some of whose files must not be read.
class SealedTree : public MemoryTree {
 public:
  using MemoryTree::MemoryTree;
  Result<std::optional<std::string>> read(std::string_view path) const override {
    if (path.ends_with(sealed)) FAIL("'" << path << "' is read");
    return MemoryTree::read(path);
  }
  Result<std::optional<std::string>> id_of(std::string_view path) const override {
    auto bytes = MemoryTree::read(path);
    if (!bytes || !*bytes) return bytes;
    return std::optional(Digest::of(**bytes).hex());
  }
  /// How their paths end.
  std::string sealed = "/none";
};

/// Reads with a cache of its own.
class CachingReader {
 public:
  [[nodiscard]] const DesiredCache& cache() const { return cache_; }
  [[nodiscard]] DesiredState read(std::shared_ptr<const FileTree> tree) {
    auto reading = read_environment(std::move(tree), "dev", cache_);
    REQUIRE(reading);
    CHECK(reading->settings.description == "of a test");
    CHECK(reading->source.is_locked());
    auto desired = reading->source.desired(packages_);
    REQUIRE(desired);
    return *std::move(desired);
  }
  [[nodiscard]] bool has_kept() const { return fs::exists(folder_.path() / "desired"); }

 private:
  TemporaryFolder folder_ =
      TemporaryFolder::make(fs::temp_directory_path(), "cemli-source-").value();
  DesiredCache cache_{folder_.path()};
  MemoryStore packages_;
};

std::string version_in(const DesiredState& desired) {
  return desired.packages.at(Address::parse("a").value()).identity.version;
}

}  // namespace

TEST_CASE("what is locked is resolved once, and then known without reading a file") {
  CachingReader reader;
  const auto tree = std::make_shared<SealedTree>(locked_at("1.2.0"));
  const DesiredState first = reader.read(tree);
  CHECK(version_in(first) == "1.2.0");
  CHECK(first.commit == kCommit);
  CHECK(first.ranges == std::map<std::string, std::string>{{"a", "^1"}});
  tree->sealed = "";
  CHECK(reader.read(tree) == first);
  const auto later = std::make_shared<SealedTree>(locked_at("1.2.0"), std::string(40, 'f'));
  later->sealed = "";
  CHECK(reader.read(later).commit == std::string(40, 'f'));
}

TEST_CASE("another lock, or other signers, are read anew") {
  CachingReader reader;
  const DesiredState first = reader.read(std::make_shared<MemoryTree>(locked_at("1.2.0")));
  CHECK(version_in(reader.read(std::make_shared<MemoryTree>(locked_at("1.3.0")))) == "1.3.0");
  Files files = locked_at("1.2.0");
  files["environments/allowed_signers"] = "jane ssh-ed25519 AAAA\n";
  CHECK(reader.read(std::make_shared<MemoryTree>(files)).policy != first.policy);
}

TEST_CASE("a working tree is read each time, as its files may change meanwhile") {
  CachingReader reader;
  CHECK_FALSE(reader.read(std::make_shared<MemoryTree>(locked_at("1.2.0"), std::nullopt)).commit);
  CHECK_FALSE(reader.has_kept());
}

TEST_CASE("lines of the lock are there whether or not the desired state was known") {
  CachingReader reader;
  const auto tree = std::make_shared<SealedTree>(locked_at("1.2.0"));
  if (GENERATE(false, true)) {
    static_cast<void>(reader.read(tree));
    tree->sealed = "";
  }
  auto reading = read_environment(tree, "dev", reader.cache());
  REQUIRE(reading);
  tree->sealed = "/none";
  const auto lines = reading->source.locked({"a"});
  REQUIRE(lines);
  CHECK(lines->at("a") == line_of("1.2.0").package);
  CHECK(lines->size() == 1);
  const auto missing = reading->source.locked({"b"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::corrupt);
}

TEST_CASE("what is about to be done is confirmed by the files, and a cache that lies is caught") {
  CachingReader reader;
  MemoryStore packages;
  const auto tree = std::make_shared<MemoryTree>(locked_at("1.2.0"));
  DesiredState desired = reader.read(tree);
  CHECK(read_environment(tree, "dev", reader.cache())->source.confirm(packages));
  const auto ids = read_file_ids(*tree, "dev").value();
  KnownEnvironment lie = reader.cache().load("dev", ids).value();
  SECTION("about what runs") {
    lie.desired.packages.begin()->second.identity.content = Digest::of("another");
  }
  SECTION("about the rules") {
    lie.settings.policy.allow_removal = true;
  }
  reader.cache().keep(ids, lie);
  auto misled = read_environment(tree, "dev", reader.cache());
  REQUIRE(misled);
  const auto confirmed = misled->source.confirm(packages);
  REQUIRE_FALSE(confirmed);
  CHECK(confirmed.error().code() == ErrorCode::corrupt);
  CHECK(confirmed.error().message() ==
        "the local cache had something else of 'environments/dev.yaml' than commit 0123456789ab "
        "says, and nothing was done; that part of it is removed");
  CHECK_FALSE(reader.cache().load("dev", ids));
  CHECK(reader.read(tree) == desired);
}

TEST_CASE("what is wrong is told each time, and an environment without a lock is not kept") {
  CachingReader reader;
  MemoryStore packages;
  Files files = locked_at("1.2.0");
  files["environments/dev.yaml"] = "format: 1\nenvironment: dev\npackages: {a: ^2}\n";
  for (int i = 0; i < 2; ++i) {
    auto reading = read_environment(std::make_shared<MemoryTree>(files), "dev", reader.cache());
    REQUIRE(reading);
    CHECK_FALSE(reading->source.desired(packages));
  }
  files.erase("environments/dev.lock.json");
  files["environments/dev.yaml"] = "format: 1\nenvironment: dev\npackages: {}\n";
  auto reading = read_environment(std::make_shared<MemoryTree>(files), "dev", reader.cache());
  REQUIRE(reading);
  CHECK_FALSE(reading->source.is_locked());
  CHECK(reading->source.desired(packages));
  CHECK_FALSE(reader.has_kept());
  const auto missing =
      read_environment(std::make_shared<MemoryTree>(files), "prod", reader.cache());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::not_found);
  CHECK_FALSE(read_environment(std::make_shared<MemoryTree>(files), "../dev", reader.cache()));
}

}  // namespace cemli
