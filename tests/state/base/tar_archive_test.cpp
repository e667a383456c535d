#include "state/base/tar_archive.h"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"
#include "state/base/program.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

const std::string kLongPath =
    "runs/" + std::string(120, 'a') + "/" + std::string(90, 'b') + "%5BFR%5D/result.json";

Result<void> write_sample(int fd) {
  auto archive = TarArchive::start(fd);
  if (!archive) return std::move(archive).error();
  for (const auto& [path, bytes] : {std::pair<std::string, std::string>{"empty", ""},
                                    {"a/binary", std::string("\0\xff\n", 3)},
                                    {kLongPath, std::string(100'000, 'x')}}) {
    if (auto added = archive->add(path, bytes); !added) return added;
  }
  return archive->finish();
}

TEST_CASE("an archive holds the files that were added, and tar unpacks them") {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-tar-test-");
  REQUIRE(folder);
  const fs::path file = folder->path() / "sample.tar";
  REQUIRE(write_named_file(file, write_sample));
  const auto unpacked =
      run_program({{"tar", "-x", "-f", file.string(), "-C", folder->path().string()}});
  REQUIRE(unpacked);
  CHECK(unpacked->err.empty());
  CHECK(unpacked->exit_code == 0);
  CHECK(read_file(folder->path() / "empty").value().empty());
  CHECK(read_file(folder->path() / "a/binary").value() == std::string("\0\xff\n", 3));
  CHECK(read_file(folder->path() / kLongPath).value() == std::string(100'000, 'x'));
}

TEST_CASE("the same files make the same archive") {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-tar-test-");
  REQUIRE(folder);
  for (const char* name : {"one", "two"})
    REQUIRE(write_named_file(folder->path() / name, write_sample));
  CHECK(read_file(folder->path() / "one").value() == read_file(folder->path() / "two").value());
}

TEST_CASE("an archive on a full device is an error that says so") {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full.is_open());
  const auto written = write_sample(full.get());
  REQUIRE_FALSE(written);
  CHECK_THAT(written.error().message(), Catch::Matchers::Contains("No space left"));
}

}  // namespace
}  // namespace cemli
