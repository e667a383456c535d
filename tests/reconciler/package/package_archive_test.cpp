#include "reconciler/package/package_archive.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "state/base/file.h"
#include "tests/reconciler/package/raw_zip.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::deflated;
using test::raw_zip;
using test::RawEntry;

constexpr const char* kManifest =
    R"({"name": "gl-base", "version": "1.0.0", "type": "configuration"})";

RawEntry run_script() {
  RawEntry entry = deflated("steps/run.sh", "#!/bin/sh\necho done\n");
  entry.mode = 0100755;
  return entry;
}

ArchivedPackage package_of(const std::string& zip) {
  auto package = read_archive(zip);
  if (!package) FAIL(package.error().message());
  return *std::move(package);
}

Error archive_refusal(const std::vector<RawEntry>& entries) {
  const std::string zip = raw_zip(entries);
  const auto package = read_archive(zip);
  REQUIRE_FALSE(package);
  return package.error();
}

TemporaryFolder scratch() {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-archive-test-");
  REQUIRE(folder);
  return *std::move(folder);
}

std::set<std::string> tree_of(const fs::path& folder) {
  std::set<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    paths.insert(fs::relative(entry.path(), folder).string());
  return paths;
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a manifest that is larger than any needs to be is refused") {
  const std::string error =
      archive_refusal({deflated("manifest.json", std::string(50'000'000, ' ')), run_script()}).message();
  CHECK(error == "manifest.json: larger than 1 MiB");
}

TEST_CASE("a package's zip gives its manifest, its files and their content digest") {
  const std::string zip = raw_zip({run_script(), RawEntry{"manifest.json", kManifest}});
  const ArchivedPackage package = package_of(zip);
  CHECK(package.manifest.name == "gl-base");
  REQUIRE(package.files.size() == 2);
  CHECK(package.files[0].path == "manifest.json");
  CHECK(package.files[1].path == "steps/run.sh");
  CHECK(package.files[1].mode == FileMode::executable);
  CHECK(package.files[1].size == 20);
  REQUIRE(package.manifest.steps.size() == 1);
  CHECK(package.manifest.steps[0].program == "steps/run.sh");
  CHECK(package.content ==
        Digest::of("- " + Digest::of(kManifest).hex() + " manifest.json\n" + "x " +
                   Digest::of("#!/bin/sh\necho done\n").hex() + " steps/run.sh\n"));
}

TEST_CASE("zipping the same files in another way is not a change") {
  RawEntry stored{"steps/run.sh", "#!/bin/sh\necho done\n"};
  stored.mode = 0100700;
  RawEntry folder{"steps/"};
  folder.mode = 040755;
  const std::string one = raw_zip({RawEntry{"manifest.json", kManifest}, run_script()});
  const std::string two = raw_zip({folder, stored, deflated("manifest.json", kManifest)});
  CHECK(package_of(one).content == package_of(two).content);
}

TEST_CASE("a zip without a manifest at its root is refused, with a hint where it may be") {
  CHECK(archive_refusal({run_script()}).message() ==
        "there is no 'manifest.json' at the root of the zip");
  const Error in_folder = archive_refusal({RawEntry{"gl-base/manifest.json", kManifest}});
  CHECK(in_folder.hint() ==
        "it is in the folder 'gl-base': zip what is in that folder, not the folder itself");
  CHECK(archive_refusal({RawEntry{"Manifest.json", kManifest}}).hint() ==
        "did you mean 'Manifest.json'?");
  CHECK_FALSE(archive_refusal({}).hint());
}

TEST_CASE("a package with nothing to run, or with a wrong manifest, is refused") {
  CHECK(archive_refusal({RawEntry{"manifest.json", kManifest}}).message() ==
        "manifest.json: nothing to run: there is neither 'steps/run.sh' nor a step 'run' in the "
        "manifest");
  CHECK(archive_refusal({RawEntry{"manifest.json", "{"}, run_script()})
            .message()
            .starts_with("manifest.json:1:"));
}

TEST_CASE("unpacking writes the files with their modes and returns what was written") {
  RawEntry folder{"empty/"};
  folder.mode = 040755;
  const std::string zip = raw_zip({RawEntry{"manifest.json", kManifest}, run_script(), folder,
                                   deflated("artifacts/deep/data.bin", std::string(300'000, 'd'))});
  const TemporaryFolder target = scratch();
  const mode_t mask = ::umask(077);
  const auto content = unpack_archive(zip, target.path());
  ::umask(mask);
  REQUIRE(content);
  CHECK(*content == package_of(zip).content);
  CHECK(tree_of(target.path()) == std::set<std::string>{"artifacts", "artifacts/deep",
                                                        "artifacts/deep/data.bin", "manifest.json",
                                                        "steps", "steps/run.sh"});
  CHECK(*read_file(target.path() / "manifest.json") == kManifest);
  CHECK(read_file(target.path() / "artifacts/deep/data.bin")->size() == 300'000);
  CHECK(mode_of(target.path() / "manifest.json") == 0644);
  CHECK(mode_of(target.path() / "steps/run.sh") == 0755);
}

TEST_CASE("a set-user-id bit is not unpacked") {
  RawEntry entry{"a", "x"};
  entry.mode = 0106755;
  const TemporaryFolder target = scratch();
  REQUIRE(unpack_archive(raw_zip({entry}), target.path()));
  CHECK(mode_of(target.path() / "a") == 0755);
}

TEST_CASE("a zip that is refused leaves nothing behind") {
  RawEntry link{"link", "/etc"};
  link.mode = 0120777;
  for (const RawEntry& hostile :
       {RawEntry{"../escape", "x"}, RawEntry{"/tmp/escape", "x"}, RawEntry{"a", "again"}, link}) {
    const TemporaryFolder target = scratch();
    CHECK_FALSE(unpack_archive(raw_zip({RawEntry{"a", "x"}, hostile}), target.path()));
    CHECK(tree_of(target.path()).empty());
    CHECK_FALSE(fs::exists(target.path().parent_path() / "escape"));
  }
}

TEST_CASE("unpacking overwrites nothing and follows no link that is already there") {
  const TemporaryFolder target = scratch();
  const TemporaryFolder outside = scratch();
  fs::create_symlink(outside.path() / "file", target.path() / "a");
  CHECK_FALSE(unpack_archive(raw_zip({RawEntry{"a", "x"}}), target.path()));
  fs::create_directory_symlink(outside.path(), target.path() / "b");
  CHECK_FALSE(unpack_archive(raw_zip({RawEntry{"b/c", "x"}}), target.path()));
  CHECK(tree_of(outside.path()).empty());
}

TEST_CASE("damaged data fails the unpacking") {
  RawEntry damaged = deflated("a", "some text");
  damaged.crc = 7;
  const TemporaryFolder target = scratch();
  const auto content = unpack_archive(raw_zip({damaged}), target.path());
  REQUIRE_FALSE(content);
  CHECK(content.error().code() == ErrorCode::invalid_input);
}

}  // namespace cemli
