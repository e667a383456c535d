#include "state/base/tar_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <vector>

#include "state/base/file.h"
#include "state/base/program.h"
#include "state/base/tar_archive.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

/// A folder for archives, each written anew.
class Archives {
 public:
  Archives()
      : folder_(TemporaryFolder::make(fs::temp_directory_path(), "cemli-tar-test-").value()) {}

  [[nodiscard]] fs::path path() const { return folder_.path() / "sample.tar"; }

  std::string write(const std::vector<std::pair<std::string, std::string>>& files) {
    REQUIRE(write_named_file(path(), [&files](int fd) -> Result<void> {
      auto archive = TarArchive::start(fd);
      if (!archive) return std::move(archive).error();
      for (const auto& [name, bytes] : files) {
        if (auto added = archive->add(name, bytes); !added) return added;
      }
      return archive->finish();
    }));
    return read_file(path()).value();
  }

  /// All that a reader makes of the bytes: each file, and at the end how it ended.
  std::vector<std::string> read(std::string_view bytes) {
    REQUIRE(replace_file(path(), bytes, Durability::relaxed));
    const UniqueFd fd(::open(path().c_str(), O_RDONLY | O_CLOEXEC));
    TarReader reader(fd.get());
    std::vector<std::string> told;
    for (;;) {
      auto file = reader.next();
      if (!file) {
        told.push_back("error: " + file.error().message());
        return told;
      }
      if (!*file) {
        told.emplace_back("end");
        return told;
      }
      told.push_back((*file)->path + "=" + (*file)->bytes);
    }
  }

 private:
  TemporaryFolder folder_;
};

const std::string kDeepPath = std::string(63, 'e') + "/refreshes/" + std::string(64, 'f') + ".json";

}  // namespace

TEST_CASE("an archive is read as it was written") {
  Archives archives;
  const std::string block(512, 'b');
  const std::string whole =
      archives.write({{"empty", ""}, {"a/binary", std::string("\0\xff\n", 3)}, {kDeepPath, block}});
  CHECK(archives.read(whole) ==
        std::vector<std::string>{"empty=", "a/binary=" + std::string("\0\xff\n", 3),
                                 kDeepPath + "=" + block, "end"});
  CHECK(archives.read(archives.write({})) == std::vector<std::string>{"end"});
}

TEST_CASE("no byte of an archive can be altered but those of its files") {
  Archives archives;
  const std::string content = "the file's own";
  const std::string whole = archives.write({{"one", content}, {kDeepPath, content}});
  const std::vector<std::string> expected = archives.read(whole);
  REQUIRE(expected.size() == 3);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bit : {0, 5, 7}) {
      std::string altered = whole;
      altered[at] = static_cast<char>(altered[at] ^ (1 << bit));
      const std::vector<std::string> told = archives.read(altered);
      const bool is_of_a_file = told.size() == 3 && told.back() == "end" && told != expected;
      if (!is_of_a_file && !told.back().starts_with("error: ")) FAIL(at << ": " << told.back());
    }
  }
}

TEST_CASE("an archive that was cut anywhere is refused") {
  Archives archives;
  const std::string whole = archives.write({{"one", "1"}, {"two", std::string(600, '2')}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (!archives.read(whole.substr(0, size)).back().starts_with("error: ")) FAIL(size);
  }
  CHECK_THAT(archives.read(whole + "x").back(), Contains("something follows its end"));
}

TEST_CASE("what is no file, and no archive, is refused by its name") {
  Archives archives;
  CHECK_THAT(archives.read("").back(), Contains("it is empty"));
  CHECK_THAT(archives.read(std::string(1024, 'x')).back(), Contains("not a tar archive"));
  const fs::path folder = archives.path().parent_path();
  fs::create_directory(folder / "made");
  fs::create_symlink("/etc/passwd", folder / "made" / "link");
  for (const char* what : {"made", "made/link"}) {
    const auto made = run_program({{"tar", "--format=ustar", "--no-recursion", "-c", "-f",
                                    (folder / "other.tar").string(), "-C", folder.string(), what}});
    REQUIRE(made);
    REQUIRE(made->exit_code == 0);
    CHECK_THAT(archives.read(read_file(folder / "other.tar").value()).back(),
               Contains("something that is not a file"));
  }
}

TEST_CASE("a size that is a lie is refused without its memory") {
  Archives archives;
  std::string whole = archives.write({{"one", "1"}});
  whole.replace(124, 11, "77777777777");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i)
    sum += static_cast<unsigned char>(i >= 148 && i < 156 ? ' ' : whole[i]);
  std::string digits;
  for (int place = 5; place >= 0; --place)
    digits += static_cast<char>('0' + (sum >> (3 * place)) % 8);
  whole.replace(148, 6, digits);
  CHECK_THAT(archives.read(whole).back(), Contains("it ends within 'one'"));
}

}  // namespace cemli
