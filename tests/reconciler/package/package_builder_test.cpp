#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "reconciler/package/package_archive.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// A folder with a package in it.
class PackageFolder {
 public:
  PackageFolder() : folder_(make()) {
    write("manifest.json", R"({"name": "gl-base", "version": "1.0.0", "type": "configuration"})");
    write("steps/run.sh", "#!/bin/sh\necho done\n", 0755);
    write("artifacts/b.txt", "b");
    write("artifacts/a.txt", "a");
  }
  void write(const std::string& path, const std::string& bytes, unsigned mode = 0644) const {
    REQUIRE(replace_file(this->path() / path, bytes, Durability::relaxed));
    REQUIRE(::chmod((this->path() / path).c_str(), mode) == 0);
  }
  [[nodiscard]] const fs::path& path() const { return folder_.path(); }

 private:
  static TemporaryFolder make() {
    auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-builder-test-");
    REQUIRE(folder);
    return *std::move(folder);
  }
  TemporaryFolder folder_;
};

/// A built package with its zip's bytes.
struct Built : BuiltPackage {
  std::string zip;
};

Built build(const fs::path& folder) {
  const auto target = TemporaryFolder::make(fs::temp_directory_path(), "cemli-zip-test-");
  REQUIRE(target);
  auto built = build_archive(folder, target->path() / "a.zip");
  if (!built) INFO(built.error().message());
  REQUIRE(built);
  return Built{*std::move(built), read_file(target->path() / "a.zip").value()};
}

Error refusal_of(const fs::path& folder) {
  const auto target = TemporaryFolder::make(fs::temp_directory_path(), "cemli-zip-test-");
  REQUIRE(target);
  const auto built = build_archive(folder, target->path() / "a.zip");
  REQUIRE_FALSE(built);
  return built.error();
}

std::vector<std::string> paths_of(const ArchivedPackage& package) {
  std::vector<std::string> paths;
  for (const PackageFile& file : package.files) paths.push_back(file.path);
  return paths;
}

}  // namespace

TEST_CASE("a folder becomes a zip that reads back as what was built") {
  const PackageFolder folder;
  const Built built = build(folder.path());
  CHECK(paths_of(built.package) == std::vector<std::string>{"artifacts/a.txt", "artifacts/b.txt",
                                                            "manifest.json", "steps/run.sh"});
  CHECK(built.skipped.empty());
  const auto read = read_archive(built.zip);
  REQUIRE(read);
  CHECK(read->content == built.package.content);
  CHECK(read->manifest == built.package.manifest);
  CHECK(read->files == built.package.files);
}

TEST_CASE("the same files give the same bytes, whatever their times, order, modes and place") {
  const PackageFolder one;
  const PackageFolder two;
  two.write("artifacts/a.txt", "a", 0600);
  two.write("steps/run.sh", "#!/bin/sh\necho done\n", 0700);
  fs::last_write_time(two.path() / "manifest.json",
                      fs::file_time_type::clock::now() - std::chrono::hours(100'000));
  fs::create_directory(two.path() / "empty");
  CHECK(build(one.path()).zip == build(two.path()).zip);
}

TEST_CASE("the content digest of a known folder does not change") {
  const PackageFolder folder;
  CHECK(build(folder.path()).package.content.hex() ==
        "f6dcc399d6ccb1e8f4d3272a8d5a574ab2132262aed762266ceb151a813ae68b");
}

TEST_CASE("links are replaced by what they point to within the package") {
  const PackageFolder folder;
  fs::create_symlink("a.txt", folder.path() / "artifacts/link.txt");
  fs::create_directory_symlink("artifacts", folder.path() / "again");
  const Built built = build(folder.path());
  CHECK(paths_of(built.package) == std::vector<std::string>{"again/a.txt", "again/b.txt",
                                                            "again/link.txt", "artifacts/a.txt",
                                                            "artifacts/b.txt", "artifacts/link.txt",
                                                            "manifest.json", "steps/run.sh"});
  CHECK(built.package.files[2].digest == Digest::of("a"));
}

TEST_CASE("links out of the package, to nothing, or in a circle are refused") {
  const PackageFolder folder;
  const PackageFolder other;
  const fs::path link = folder.path() / "artifacts/link";
  fs::create_symlink(other.path() / "manifest.json", link);
  CHECK(refusal_of(folder.path()).message().find("'artifacts/link' leads out of the package") !=
        std::string::npos);
  fs::remove(link);
  fs::create_symlink("missing", link);
  CHECK(refusal_of(folder.path()).message().find("'artifacts/link' is a link to nothing") !=
        std::string::npos);
  fs::remove(link);
  fs::create_directory_symlink("..", link);
  CHECK(refusal_of(folder.path()).message().find("leads back to a folder that it is in") !=
        std::string::npos);
  fs::remove(link);
  fs::create_symlink(folder.path().string() + "-beside", link);
  CHECK(refusal_of(folder.path()).code() == ErrorCode::invalid_input);
}

TEST_CASE("what version control and editors leave is skipped and named") {
  const PackageFolder folder;
  const Built before = build(folder.path());
  folder.write(".git/config", "x");
  folder.write("steps/run.sh~", "x");
  folder.write("steps/.run.sh.swp", "x");
  folder.write("gl-base-0.9.0.zip", "x");
  fs::create_symlink("me@host.1234", folder.path() / "steps/.#run.sh");
  const Built after = build(folder.path());
  CHECK(after.zip == before.zip);
  CHECK(after.skipped == std::vector<std::string>{".git", "gl-base-0.9.0.zip", "steps/.#run.sh",
                                                  "steps/.run.sh.swp", "steps/run.sh~"});
  folder.write(".sqlrc", "x");
  folder.write("gl-base-data.zip", "x");
  folder.write("artifacts/gl-base-1.0.0.zip", "x");
  CHECK(build(folder.path()).package.files.size() == before.package.files.size() + 3);
}

TEST_CASE("a folder that is not a package is refused") {
  const PackageFolder folder;
  fs::remove(folder.path() / "steps/run.sh");
  CHECK(refusal_of(folder.path()).message().find("nothing to run") != std::string::npos);
  fs::remove(folder.path() / "manifest.json");
  CHECK(refusal_of(folder.path()).message() ==
        "there is no 'manifest.json' in '" + folder.path().string() + "'");
  CHECK(refusal_of(folder.path() / "none").code() == ErrorCode::not_found);
}

TEST_CASE("what a zip could not hold or would be refused for is not packed") {
  const PackageFolder folder;
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(refusal_of(folder.path()).message() ==
        "building '" + folder.path().string() + "': 'pipe' is neither a file nor a folder");
  fs::remove(folder.path() / "pipe");
  folder.write("back\\slash", "x");
  CHECK(refusal_of(folder.path()).message().find("has a backslash") != std::string::npos);
  fs::remove(folder.path() / "back\\slash");
  folder.write("zeros", std::string(65 * 1024 * 1024, '\0'));
  CHECK(refusal_of(folder.path()).message().find("more than 100 to 1") != std::string::npos);
}

}  // namespace cemli
