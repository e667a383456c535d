#include "reconciler/package/zip_writer.h"

#include <catch2/catch.hpp>
#include <string>

#include "reconciler/package/zip_reader.h"

namespace cemli {

TEST_CASE("a zip of one stored file is these bytes and no others") {
  ZipWriter writer;
  REQUIRE(writer.add("a", FileMode::executable, "hi"));
  const std::string common(
      "\x14\x00\x00\x08\x00\x00\x00\x00\x21\x00\xac\x2a\x93\xd8\x02\x00\x00\x00\x02\x00\x00\x00\x01"
      "\x00\x00\x00",
      26);
  const std::string expected =
      "PK\x03\x04" + common + "ahi" + "PK\x01\x02" + std::string("\x14\x03", 2) + common +
      std::string("\0\0\0\0\0\0\0\0\xed\x81\0\0\0\0", 14) + "a" + "PK\x05\x06" +
      std::string("\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x21\0\0\0\0\0", 18);
  CHECK(writer.finish() == expected);
}

TEST_CASE("what was written is read back") {
  const std::string text(100'000, 't');
  ZipWriter writer;
  REQUIRE(writer.add("a/b", FileMode::plain, text));
  REQUIRE(writer.add("run", FileMode::executable, ""));
  const std::string zip = writer.finish();
  CHECK(zip.size() < 1000);
  const auto reader = ZipReader::open(zip);
  REQUIRE(reader);
  REQUIRE(reader->files().size() == 2);
  CHECK(reader->files()[0].mode == FileMode::plain);
  CHECK(reader->files()[1].mode == FileMode::executable);
  std::string bytes;
  REQUIRE(ZipReader::read(reader->files()[0], [&](std::string_view piece) {
    bytes += piece;
    return Result<void>();
  }));
  CHECK(bytes == text);
}

TEST_CASE("an empty zip is a zip") {
  const std::string zip = ZipWriter().finish();
  const auto reader = ZipReader::open(zip);
  REQUIRE(reader);
  CHECK(reader->files().empty());
}

}  // namespace cemli
