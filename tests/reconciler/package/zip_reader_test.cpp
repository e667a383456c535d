#include "reconciler/package/zip_reader.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "state/base/file.h"
#include "tests/reconciler/package/raw_zip.h"

namespace cemli {
namespace {

using test::deflated;
using test::raw_zip;
using test::RawEntry;
using test::RawZip;

UniqueFd file_with(std::string_view bytes) {
  auto file = make_nameless_file(std::filesystem::temp_directory_path());
  REQUIRE(file);
  REQUIRE(write_all(file->get(), bytes));
  return *std::move(file);
}

std::string refusal_of_bytes(const ReadableBytes& zip) {
  const auto reader = ZipReader::open(zip);
  if (!reader) {
    CHECK(reader.error().code() == ErrorCode::invalid_input);
    return reader.error().message();
  }
  for (const ZipFile& file : reader->files()) {
    const auto done = reader->read(file, [](std::string_view) { return Result<void>(); });
    if (!done) return done.error().message();
  }
  return "";
}

/// Of a zip in memory, and the same of one in a file.
std::string zip_refusal(const std::string& zip) {
  const UniqueFd file = file_with(zip);
  std::string refusal = refusal_of_bytes(zip);
  CHECK(refusal_of_bytes(FileRange{file.get(), 0, zip.size()}) == refusal);
  return refusal;
}

std::string zip_refusal(const std::vector<RawEntry>& entries) {
  return zip_refusal(raw_zip(entries));
}

std::string refusal_of_name(const std::string& name) {
  return zip_refusal({RawEntry{"a", "1"}, RawEntry{name, "2"}});
}

std::string content_of(const ZipReader& reader, const ZipFile& file) {
  std::string bytes;
  const auto done = reader.read(file, [&](std::string_view piece) {
    bytes += piece;
    return Result<void>();
  });
  REQUIRE(done);
  return bytes;
}

RawEntry with_mode(std::string name, std::uint32_t mode, std::string data = "x") {
  RawEntry entry{std::move(name), std::move(data)};
  entry.mode = mode;
  return entry;
}

}  // namespace

TEST_CASE("a zip in a file is read by pieces, from wherever it begins") {
  std::string noise;
  for (std::uint32_t i = 0; i < 200'000; ++i) noise += static_cast<char>(i * i >> 7U);
  const std::string zip = raw_zip({deflated("a", noise), RawEntry{"b", noise}});
  const UniqueFd file = file_with("before" + zip + "behind");
  const auto reader = ZipReader::open(FileRange{file.get(), 6, zip.size()});
  REQUIRE(reader);
  for (const ZipFile& entry : reader->files()) CHECK((content_of(*reader, entry) == noise));
}

TEST_CASE("a file that becomes shorter while it is read is no damaged zip") {
  const std::string zip = raw_zip({RawEntry{"a", std::string(100'000, 'x')}});
  const UniqueFd file = file_with(zip);
  const auto reader = ZipReader::open(FileRange{file.get(), 0, zip.size()});
  REQUIRE(reader);
  REQUIRE(::ftruncate(file.get(), 50'000) == 0);
  const auto done =
      reader->read(reader->files().front(), [](std::string_view) { return Result<void>(); });
  REQUIRE_FALSE(done);
  CHECK(done.error().code() == ErrorCode::unavailable);
  CHECK(ZipReader::open(FileRange{file.get(), 0, zip.size()}).error().code() ==
        ErrorCode::unavailable);
}

TEST_CASE("stored and deflated files are read, with their run bits") {
  const std::string text(200'000, 'y');
  RawEntry of_dos{"dos", "d"};
  of_dos.made_by = 0;
  of_dos.mode = 0120777;
  const std::string zip = raw_zip({RawEntry{"a", "one"}, deflated("b/c", text),
                                   RawEntry{"b/empty", ""}, deflated("b/none", ""),
                                   with_mode("run", 0100755), with_mode("d/", 040755, ""), of_dos});
  const auto reader = ZipReader::open(zip);
  REQUIRE(reader);
  const auto& files = reader->files();
  REQUIRE(files.size() == 6);
  CHECK(files[0].path == "a");
  CHECK(content_of(*reader, files[0]) == "one");
  CHECK(files[1].path == "b/c");
  CHECK(content_of(*reader, files[1]) == text);
  CHECK(content_of(*reader, files[2]) == "");
  CHECK(content_of(*reader, files[3]) == "");
  CHECK(files[0].mode == FileMode::plain);
  CHECK(files[4].mode == FileMode::executable);
  CHECK(files[5].mode == FileMode::plain);
}

TEST_CASE("a comment at the end and sizes behind the data are what other programs write") {
  RawEntry streamed = deflated("a", "data");
  streamed.flags = 1U << 3U;
  streamed.trailer = std::string(16, 'd');
  CHECK(zip_refusal(raw_zip(RawZip{{streamed, RawEntry{"b", "1"}}, "a comment"})) == "");
}

TEST_CASE("what is not a whole zip is refused") {
  const std::string zip = raw_zip({RawEntry{"a", "one"}, deflated("b", "two")});
  CHECK(zip_refusal(std::string()).starts_with("it is not a whole zip"));
  CHECK(zip_refusal(std::string("not a zip at all, but long enough")).starts_with("it is not a"));
  for (std::size_t size = 0; size < zip.size(); ++size) {
    INFO(size);
    CHECK(zip_refusal(zip.substr(0, size)) != "");
  }
  CHECK(zip_refusal(zip + "x").starts_with("it is not a whole zip"));
}

TEST_CASE("a bit flipped anywhere is refused or does not change what is read") {
  const std::string zip = raw_zip({RawEntry{"a", "one"}, deflated("b", "two")});
  for (std::size_t i = 0; i < zip.size() * 8; ++i) {
    std::string flipped = zip;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
    const auto reader = ZipReader::open(flipped);
    if (!reader) continue;
    for (const ZipFile& file : reader->files()) {
      std::string bytes;
      const auto done = reader->read(file, [&](std::string_view piece) {
        bytes += piece;
        return Result<void>();
      });
      if (done) {
        const bool is_known = bytes == "one" || bytes == "two";
        CHECK(is_known);
      }
    }
  }
}

TEST_CASE("paths that leave the folder, or that systems read differently, are refused") {
  CHECK(refusal_of_name("/etc/passwd") == "the path '/etc/passwd' is absolute");
  CHECK(refusal_of_name("../x") == "the path '../x' leaves the package");
  CHECK(refusal_of_name("a/../../x") == "the path 'a/../../x' leaves the package");
  CHECK(refusal_of_name("b/..") == "the path 'b/..' leaves the package");
  CHECK(zip_refusal({with_mode("b/../", 040755, "")}) == "the path 'b/..' leaves the package");
  CHECK(refusal_of_name("..\\x") ==
        "the path '..\\x' has a backslash in it; folders are separated by '/'");
  CHECK(refusal_of_name("b//c") == "the path 'b//c' has an empty part or '.' in it");
  CHECK(refusal_of_name("./b") == "the path './b' has an empty part or '.' in it");
  CHECK(refusal_of_name("") == "the path '' has an empty part or '.' in it");
  CHECK(refusal_of_name("b\xff") == "the path 'b\xef\xbf\xbd' is not UTF-8");
  CHECK(refusal_of_name("b\n- x y") == "the path 'b?- x y' has a control character in it");
  CHECK(refusal_of_name(std::string("b\0c", 3)) ==
        "'b c': its header is one that programs read differently");
  CHECK(refusal_of_name(std::string(256, 'b')).ends_with("is longer than 255 bytes"));
  CHECK(refusal_of_name("\xc3\xa4/\xe2\x82\xac") == "");
}

TEST_CASE("the same path twice is refused, also as a file and a folder") {
  CHECK(refusal_of_name("a") == "a path stands there twice");
  CHECK(refusal_of_name("a/b") == "'a' is a file and a folder at once");
  CHECK(zip_refusal({RawEntry{"a/b", "1"}, RawEntry{"a", "2"}}) ==
        "'a' is a file and a folder at once");
  CHECK(zip_refusal({RawEntry{"a", "1"}, with_mode("a/", 040755, "")}) ==
        "'a' is a file and a folder at once");
  CHECK(zip_refusal({with_mode("a/", 040755, ""), with_mode("a/", 040755, "")}) ==
        "a path stands there twice");
  CHECK(zip_refusal({RawEntry{"a/b", "1"}, with_mode("a/", 040755, ""), RawEntry{"A/b", "2"}}) ==
        "");
}

TEST_CASE("links and special files are refused") {
  CHECK(zip_refusal({with_mode("link", 0120777, "../../etc/passwd")}) ==
        "'link': it is a symbolic link; put the file itself there");
  CHECK(zip_refusal({with_mode("pipe", 010644)}) == "'pipe': it is neither a file nor a folder");
  CHECK(zip_refusal({with_mode("device", 060644)}) == "'device': it is neither a file nor a folder");
  CHECK(zip_refusal({with_mode("a/", 0100644, "")}).ends_with("whether it is a folder"));
  CHECK(zip_refusal({with_mode("a", 040755, "")}).ends_with("whether it is a folder"));
  CHECK(zip_refusal({with_mode("a/", 040755, "x")}) == "'a/': it is a folder with data");
}

TEST_CASE("what cannot be read is refused by what it is") {
  RawEntry encrypted{"a", "x"};
  encrypted.flags = 1;
  CHECK(zip_refusal({encrypted}) == "'a': it is encrypted");
  RawEntry lzma{"a", "x"};
  lzma.method = 14;
  CHECK(zip_refusal({lzma}) ==
        "'a': it is compressed by method 14; only store and deflate are read");
  RawEntry zip64{"a", "x"};
  zip64.size = 0xFFFFFFFF;
  zip64.compressed_size = 0xFFFFFFFF;
  CHECK(zip_refusal({zip64}).starts_with("it is not a whole zip"));
}

TEST_CASE("data that is not what the directory says is refused") {
  RawEntry wrong_crc = deflated("a", "some text");
  wrong_crc.crc = 1;
  CHECK(zip_refusal({wrong_crc}) == "'a': its checksum is wrong: the zip is damaged");
  RawEntry longer = deflated("a", "some text");
  longer.size = 4;
  CHECK(zip_refusal({longer}) == "'a': it is longer than it says");
  RawEntry shorter = deflated("a", "some text");
  shorter.size = 40;
  CHECK(zip_refusal({shorter}) == "'a': it is shorter than it says");
  RawEntry followed = deflated("a", "some text");
  followed.data += "more";
  CHECK(zip_refusal({followed}) == "'a': more bytes follow its data");
  RawEntry cut = deflated("a", "some text");
  cut.data.pop_back();
  CHECK(zip_refusal({cut}) == "'a': its data ends too early");
  RawEntry garbage = deflated("a", "some text");
  garbage.data = std::string(9, '\xff');
  CHECK(zip_refusal({garbage}) == "'a': its data is damaged");
  RawEntry stored{"a", "some text"};
  stored.size = 100;
  CHECK(zip_refusal({stored}) == "'a': its sizes differ although it is not compressed");
}

TEST_CASE("headers that contradict the directory are refused") {
  const std::string differs =
      "it is not a whole zip: its directory is missing, or its entries differ from it";
  RawEntry other_name{"a", "x"};
  other_name.local_name = "b";
  CHECK(zip_refusal({other_name}) == differs);
  RawEntry other_size = deflated("a", "text");
  other_size.local_size = 1;
  CHECK(zip_refusal({other_size}) == differs);
  RawEntry other_flags{"a", "x"};
  other_flags.local_flags = 1U << 3U;
  CHECK(zip_refusal({other_flags}) == "'a': its header is one that programs read differently");
  RawEntry nowhere{"a", "x"};
  nowhere.offset = 5;
  CHECK(zip_refusal({nowhere}) == differs);
  nowhere.offset = 0xFFFFFF00;
  CHECK(zip_refusal({nowhere}) == differs);
}

TEST_CASE("no byte may belong to two entries or to none") {
  RawEntry again{"a", "x"};
  again.offset = 0;
  CHECK(zip_refusal({RawEntry{"a", "x"}, again}) == "a path stands there twice");
  RawEntry hidden{"hidden", "x"};
  hidden.is_in_directory = false;
  CHECK(zip_refusal({RawEntry{"a", "x"}, hidden, RawEntry{"b", "y"}}) ==
        "entries overlap, or bytes between them belong to none");
  CHECK(zip_refusal({RawEntry{"a", "x"}, hidden}) ==
        "entries overlap, or bytes between them belong to none");
  CHECK(zip_refusal(raw_zip(RawZip{{RawEntry{"a", "x"}}, "", "#!/bin/sh\n"})) ==
        "entries overlap, or bytes between them belong to none");
  CHECK(zip_refusal(raw_zip(RawZip{{RawEntry{"a", "x"}}, "", "", "gap"})) ==
        "entries overlap, or bytes between them belong to none");
  RawEntry around{"a", raw_zip({RawEntry{"b", "x"}}).substr(0, 32)};
  RawEntry inside{"b", "x"};
  inside.offset = 31;
  hidden.name = "h";
  CHECK(zip_refusal({around, inside, hidden}) ==
        "entries overlap, or bytes between them belong to none");
  RawEntry with_gap{"a", "x"};
  with_gap.flags = 1U << 3U;
  with_gap.trailer = std::string(100, 'd');
  CHECK(zip_refusal({with_gap}) == "entries overlap, or bytes between them belong to none");
}

TEST_CASE("the directory's count is that of its entries") {
  CHECK(zip_refusal(raw_zip(RawZip{{RawEntry{"a", "x"}}, "", "", "", 2})) ==
        "it is not a whole zip: its directory is missing, or its entries differ from it");
  CHECK(zip_refusal(raw_zip(RawZip{{RawEntry{"a", "x"}, RawEntry{"b", "x"}}, "", "", "", 1})) ==
        "it is not a whole zip: its directory is missing, or its entries differ from it");
}

TEST_CASE("at most 20,000 entries are read") {
  std::vector<RawEntry> entries;
  for (int i = 0; i < 20'000; ++i) entries.push_back(RawEntry{std::to_string(i), ""});
  CHECK(zip_refusal(entries) == "");
  entries.push_back(RawEntry{"one more", ""});
  CHECK(zip_refusal(entries) == "20001 entries, more than 20000");
}

TEST_CASE("a zip is refused by what its end record says before its names are looked at") {
  // The library that reads directories would find this one damaged.
  CHECK(zip_refusal(raw_zip(RawZip{{RawEntry{"a", "x"}}, "", "", "", 20'001})) ==
        "20001 entries, more than 20000");
  CHECK(zip_refusal(raw_zip(RawZip{{RawEntry{"a", "x"}}, "comment", "", "", 65'535})) ==
        "65535 entries, more than 20000");
  const std::string locator = "PK\6\7" + std::string(16, '\0');
  std::string zip = raw_zip({RawEntry{"a", "x"}});
  zip.insert(zip.rfind("PK\5\6"), locator);
  CHECK(zip_refusal(zip) == "it is of the zip64 kind, which no package needs");
}

TEST_CASE("what looks like another end record in a package's file is none") {
  const std::string nested = "PK\5\6" + std::string(16, '\xff') + "and more";
  CHECK(zip_refusal({RawEntry{"a", nested}}) == "");
}

TEST_CASE("past 64 MiB at most 100 times the zip's size is unpacked") {
  const std::string zeros(32 * 1024 * 1024, '\0');
  CHECK(zip_refusal({deflated("a", zeros), deflated("b", zeros)}) == "");
  CHECK(zip_refusal({deflated("a", zeros), deflated("b", zeros), RawEntry{"c", "x"}})
            .ends_with("unpack to 67108865, more than 100 to 1"));
}

TEST_CASE("at most 4 GiB are unpacked, and a size is believed only to refuse it") {
  RawEntry huge = deflated("a", "x");
  huge.size = 0x80000001;
  RawEntry other = huge;
  other.name = "b";
  CHECK(zip_refusal({huge, other}) == "more than 4 GiB unpacked");
  RawEntry liar = deflated("a", std::string(100'000, '\0'));
  liar.size = 10;
  CHECK(zip_refusal({liar}) == "'a': it is longer than it says");
}

TEST_CASE("an error of the sink ends the reading") {
  const std::string zip = raw_zip({deflated("a", std::string(1'000'000, 'x'))});
  const auto reader = ZipReader::open(zip);
  REQUIRE(reader);
  int pieces = 0;
  const auto done = reader->read(reader->files()[0], [&](std::string_view) -> Result<void> {
    ++pieces;
    return Error(ErrorCode::unavailable, "full");
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().code() == ErrorCode::unavailable);
  CHECK(pieces == 1);
}

}  // namespace cemli
