#include "reconciler/package/zip_writer.h"

#include <catch2/catch.hpp>
#include <clocale>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include "reconciler/package/zip_reader.h"

namespace cemli {
namespace {

/// Sets the process' time zone and gives it back.
class TimeZone {
 public:
  explicit TimeZone(const char* zone) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    set(zone);
  }
  ~TimeZone() { set(before_ ? before_->c_str() : nullptr); }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  static void set(const char* zone) {
    zone != nullptr ? ::setenv("TZ", zone, 1) : ::unsetenv("TZ");
    ::tzset();
  }
  std::optional<std::string> before_;
};

std::string finished(ZipWriter& writer) {
  auto zip = writer.finish();
  REQUIRE(zip);
  return *std::move(zip);
}

std::string zip_of_all_kinds() {
  ZipWriter writer;
  REQUIRE(writer.add("a", FileMode::plain, ""));
  REQUIRE(writer.add("b/\xc3\xa4\xe2\x82\xac", FileMode::executable, std::string(100'000, 't')));
  REQUIRE(writer.add("c", FileMode::plain, "short"));
  return finished(writer);
}

}  // namespace

TEST_CASE("a zip of one stored file is these bytes and no others") {
  ZipWriter writer;
  REQUIRE(writer.add("a", FileMode::executable, "hi"));
  const std::string common(
      "\x14\x00\x00\x00\x00\x00\x00\x60\x21\x00\xac\x2a\x93\xd8\x02\x00\x00\x00\x02\x00\x00\x00\x01"
      "\x00\x00\x00",
      26);
  const std::string expected =
      "PK\x03\x04" + common + "ahi" + "PK\x01\x02" + std::string("\x3f\x03", 2) + common +
      std::string("\0\0\0\0\0\0\0\0\xed\x81\0\0\0\0", 14) + "a" + "PK\x05\x06" +
      std::string("\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x21\0\0\0\0\0", 18);
  CHECK(finished(writer) == expected);
}

TEST_CASE("neither the time zone nor the locale changes a zip's bytes") {
  const std::string zip = zip_of_all_kinds();
  for (const char* zone : {"UTC", "XXX-13:45", "XXX+12", "Europe/Berlin", "America/St_Johns",
                           "Pacific/Kwajalein", ":/no/such/file"}) {
    INFO(zone);
    const TimeZone set(zone);
    CHECK(zip_of_all_kinds() == zip);
  }
  for (const char* locale : {"C", "C.UTF-8"}) {
    INFO(locale);
    REQUIRE(std::setlocale(LC_ALL, locale) != nullptr);
    CHECK(zip_of_all_kinds() == zip);
  }
  std::setlocale(LC_ALL, "C");
}

TEST_CASE("names that are not ASCII are marked as UTF-8") {
  const std::string zip = zip_of_all_kinds();
  const std::size_t name = zip.find("b/\xc3\xa4");
  REQUIRE(name != std::string::npos);
  constexpr std::size_t kFromFlagsToName = 24;
  CHECK((static_cast<unsigned char>(zip[name - kFromFlagsToName + 1]) & 0x08U) != 0);
}

TEST_CASE("what was written is read back") {
  const std::string zip = zip_of_all_kinds();
  CHECK(zip.size() < 1000);
  const auto reader = ZipReader::open(zip);
  REQUIRE(reader);
  REQUIRE(reader->files().size() == 3);
  CHECK(reader->files()[0].mode == FileMode::plain);
  CHECK(reader->files()[0].size == 0);
  CHECK(reader->files()[1].path == "b/\xc3\xa4\xe2\x82\xac");
  CHECK(reader->files()[1].mode == FileMode::executable);
  std::string bytes;
  REQUIRE(reader->read(reader->files()[1], [&](std::string_view piece) {
    bytes += piece;
    return Result<void>();
  }));
  CHECK(bytes == std::string(100'000, 't'));
}

TEST_CASE("the same path twice is not written") {
  ZipWriter writer;
  REQUIRE(writer.add("a", FileMode::plain, "1"));
  REQUIRE(writer.add("a", FileMode::plain, "2"));
  CHECK_FALSE(writer.finish());
}

}  // namespace cemli
