#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"
#include "tests/layers/include_rules.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

const fs::path kRoot = CEMLI_SOURCE_FOLDER;

std::string text_of(const fs::path& path) {
  auto text = read_file(path);
  REQUIRE(text);
  return *std::move(text);
}

std::vector<SourceFile> product() {
  std::vector<SourceFile> files;
  for (const char* top : {"state", "reconciler"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const std::string extension = entry.path().extension();
      if (extension == ".h" || extension == ".cpp")
        files.push_back({entry.path().lexically_relative(kRoot), text_of(entry.path())});
    }
  }
  return files;
}

IncludeRules documented_rules() {
  return read_rules(text_of(kRoot / "docs/architecture.md"));
}

/// Two layers, `low` and `high`, which may include it but for one header.
IncludeRules sample_rules() {
  return read_rules(
      "| layer | folder | may include | never knows |\n"
      "|---|---|---|---|\n"
      "| base | `base/` | no other layer | |\n"
      "| low | `low/` | base | |\n"
      "| middle | `middle/` | base, `shape.h` | |\n"
      "| high | `high/` `high/words/` | low without `file.h`, every *types* header | |\n"
      "\n"
      "Here *Types* headers are `shape.h` and\n`event.h`.\n"
      "\n"
      "| library | headers | included in | why |\n"
      "|---|---|---|---|\n"
      "| yaml | `yaml/` | `low/reader.cpp` | |\n"
      "| fmt | `fmt/` | any file | |\n");
}

Strings found_in(const std::string& path, const std::string& include) {
  return forbidden_includes(sample_rules(), {{path, "#include " + include + "\n"}});
}

}  // namespace

TEST_CASE("the tables of the architecture page can be read") {
  const IncludeRules rules = documented_rules();
  CHECK(rules.problems == Strings{});
  CHECK(rules.layers.size() >= 11);
  CHECK(rules.libraries.size() >= 7);
  CHECK(rules.types.size() >= 9);
}

TEST_CASE("no file includes what its layer may not") {
  const std::vector<SourceFile> files = product();
  CHECK(files.size() > 100);
  CHECK(forbidden_includes(documented_rules(), files) == Strings{});
}

TEST_CASE("no circle of includes runs through the folders") {
  CHECK(folder_circle(product()) == Strings{});
}

TEST_CASE("files have the shape that all have") {
  CHECK(misshapen(product()) == Strings{});
}

TEST_CASE("a layer may include what its row names, and nothing else") {
  CHECK(found_in("high/a.cpp", "\"low/reader.h\"").empty());
  CHECK(found_in("high/words/a.cpp", "\"high/a.h\"").empty());
  CHECK(found_in("high/a.cpp", "\"middle/event.h\"").empty());
  CHECK(found_in("middle/a.cpp", "\"low/shape.h\"").empty());
  CHECK(found_in("low/a.cpp", "\"high/a.h\"") == Strings{"low/a.cpp:1: low includes high/a.h"});
  CHECK(found_in("high/a.cpp", "\"low/file.h\"").size() == 1);
  CHECK(found_in("high/a.cpp", "\"base/a.h\"").size() == 1);
  CHECK(found_in("middle/a.cpp", "\"low/event.h\"").size() == 1);
}

TEST_CASE("a folder that the table does not know is a violation") {
  CHECK(found_in("util/a.cpp", "<vector>") == Strings{"util/a.cpp: its folder is in no layer"});
  CHECK(found_in("high/a.cpp", "\"util/a.h\"").size() == 1);
}

TEST_CASE("a types header includes only base and other types headers of other layers") {
  CHECK(found_in("high/event.h", "\"low/shape.h\"").empty());
  CHECK(found_in("high/event.h", "\"low/reader.h\"").size() == 1);
}

TEST_CASE("a library is included where the table says") {
  CHECK(found_in("low/reader.cpp", "<yaml/parser.h>").empty());
  CHECK(found_in("low/a.cpp", "<yaml/parser.h>").size() == 1);
  CHECK(found_in("high/a.cpp", "<fmt/format.h>").empty());
  CHECK(found_in("high/a.cpp", "<unistd.h>").empty());
  CHECK(found_in("high/a.cpp", "<boost/any.hpp>").size() == 1);
}

TEST_CASE("a circle of folders is found and shown") {
  CHECK(folder_circle({{"a/x.h", "#include \"b/x.h\"\n"},
                       {"b/x.h", "#include \"c/x.h\"\n"},
                       {"c/x.h", "#include \"b/y.h\"\n"}}) == Strings{"b/", "c/", "b/"});
  CHECK(folder_circle({{"a/x.h", "#include \"b/x.h\"\n"}, {"a/y.h", "#include \"a/x.h\"\n"}})
            .empty());
}

TEST_CASE("a word of the table that names nothing is a problem") {
  const IncludeRules rules = read_rules(
      "| layer | folder | may include | never knows |\n"
      "|---|---|---|---|\n"
      "| low | `low/` | bose, `shape.h` | |\n");
  CHECK(rules.problems.size() == 2);
}

TEST_CASE("long sources and careless headers are found") {
  std::string lines;
  for (int i = 0; i < 401; ++i) lines += '\n';
  CHECK(misshapen({{"a.cpp", lines}}) == Strings{"a.cpp: 401 lines"});
  CHECK(misshapen({{"a.h", "using namespace std;\n"}}).size() == 2);
  CHECK(misshapen({{"a.h", "#pragma once\n"}}).empty());
}

}  // namespace cemli::test
