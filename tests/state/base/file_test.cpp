#include "state/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

namespace cemli {
namespace {

namespace fs = std::filesystem;

TemporaryFolder scratch() {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-file-test-");
  REQUIRE(folder);
  return *std::move(folder);
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a file is read whole, whatever is in it") {
  const TemporaryFolder folder = scratch();
  const std::string bytes = std::string("a\0\xff\n", 4) + std::string(100'000, 'x');
  REQUIRE(create_file(folder.path() / "f", bytes, Durability::synced));
  CHECK(*read_file(folder.path() / "f") == bytes);
  REQUIRE(create_file(folder.path() / "empty", "", Durability::relaxed));
  CHECK(*read_file(folder.path() / "empty") == "");
}

TEST_CASE("files whose size is not known ahead are read whole") {
  const auto status = read_file("/proc/self/status");
  REQUIRE(status);
  CHECK(status->starts_with("Name:"));
  CHECK(status->ends_with("\n"));
}

TEST_CASE("a missing file, and a folder in its place, are not found") {
  const TemporaryFolder folder = scratch();
  CHECK(read_file(folder.path() / "none").error().code() == ErrorCode::not_found);
  CHECK(read_file(folder.path()).error().code() == ErrorCode::not_found);
  CHECK(read_file(folder.path() / "none/below").error().code() == ErrorCode::not_found);
}

TEST_CASE("creating a file makes its folders and never overwrites") {
  const TemporaryFolder folder = scratch();
  const fs::path path = folder.path() / "a/b/c";
  REQUIRE(create_file(path, "one", Durability::synced));
  const auto again = create_file(path, "two", Durability::synced);
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == ErrorCode::conflict);
  CHECK(*read_file(path) == "one");
  CHECK(names_in(folder.path() / "a/b") == std::set<std::string>{"c"});
}

TEST_CASE("replacing a file leaves the new bytes and nothing else") {
  const TemporaryFolder folder = scratch();
  const fs::path path = folder.path() / "f";
  REQUIRE(replace_file(path, "one", Durability::relaxed));
  REQUIRE(replace_file(path, "two", Durability::synced));
  CHECK(*read_file(path) == "two");
  CHECK(names_in(folder.path()) == std::set<std::string>{"f"});
}

TEST_CASE("a scratch file is new, has its mode and follows no link") {
  const TemporaryFolder folder = scratch();
  const mode_t mask = ::umask(022);
  REQUIRE(write_scratch_file(folder.path() / "run", "#!/bin/sh\n", 0755));
  ::umask(mask);
  CHECK(mode_of(folder.path() / "run") == 0755);
  CHECK_FALSE(write_scratch_file(folder.path() / "run", "again", 0755));

  fs::create_symlink(folder.path() / "elsewhere", folder.path() / "link");
  CHECK_FALSE(write_scratch_file(folder.path() / "link", "x", 0644));
  CHECK_FALSE(fs::exists(folder.path() / "elsewhere"));
}

TEST_CASE("a tree is removed although its folders may not be written to") {
  const TemporaryFolder folder = scratch();
  REQUIRE(create_file(folder.path() / "t/deep/f", "x", Durability::relaxed));
  fs::permissions(folder.path() / "t/deep", fs::perms::owner_read);
  fs::permissions(folder.path() / "t", fs::perms::none);
  REQUIRE(remove_tree(folder.path() / "t"));
  CHECK(names_in(folder.path()).empty());
  CHECK(remove_tree(folder.path() / "t"));
}

TEST_CASE("removing a tree does not follow links out of it") {
  const TemporaryFolder folder = scratch();
  REQUIRE(create_file(folder.path() / "outside/f", "x", Durability::relaxed));
  REQUIRE(make_folders(folder.path() / "t", Durability::relaxed));
  fs::create_directory_symlink(folder.path() / "outside", folder.path() / "t/link");
  REQUIRE(remove_tree(folder.path() / "t"));
  CHECK(fs::exists(folder.path() / "outside/f"));
}

TEST_CASE("a temporary folder is private and lives as long as its owner") {
  fs::path path;
  {
    TemporaryFolder folder = scratch();
    path = folder.path();
    CHECK(mode_of(path) == 0700);
    const TemporaryFolder moved = std::move(folder);
    CHECK(moved.path() == path);
    CHECK(fs::exists(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("all bytes go through a pipe that takes less at a time") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  REQUIRE(write_all(writer.get(), "some bytes"));
  writer.reset();
  CHECK_FALSE(writer.is_open());
  std::string got(32, '\0');
  const ssize_t size = ::read(reader.get(), got.data(), got.size());
  REQUIRE(size == 10);
  CHECK(got.substr(0, 10) == "some bytes");
}

TEST_CASE("a descriptor is closed by its owner alone") {
  UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  UniqueFd second(std::move(first));
  CHECK(second.get() == number);
  second = UniqueFd();
  CHECK(::fcntl(number, F_GETFD) == -1);
}

TEST_CASE("the regular files of a folder are listed, and one that has vanished is an error") {
  auto folder = TemporaryFolder::make("/tmp", "cemli-test-");
  REQUIRE(folder);
  const fs::path root = folder->path() / "tree";
  REQUIRE(make_folders(root / "b", Durability::relaxed));
  REQUIRE(replace_file(root / "b/c", "", Durability::relaxed));
  REQUIRE(replace_file(root / "a", "", Durability::relaxed));
  fs::create_symlink("nowhere", root / "link");
  const auto files = regular_files_in(root);
  REQUIRE(files);
  CHECK(*files == std::vector<std::string>{"a", "b/c"});
  REQUIRE(remove_tree(root));
  CHECK(regular_files_in(root).error().code() == ErrorCode::not_found);
}

TEST_CASE("random names differ and are hex") {
  const std::string one = random_hex(8);
  CHECK(one.size() == 16);
  CHECK(one.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(one != random_hex(8));
}

}  // namespace cemli
