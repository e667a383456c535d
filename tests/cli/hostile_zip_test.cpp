#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/reconciler/package/raw_zip.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;

const std::string kManifest = R"({"name": "evil", "version": "1.0.0", "type": "extension"})";

std::vector<RawEntry> with(RawEntry entry) {
  return {{"manifest.json", kManifest}, {"steps/run.sh", "echo ran\n"}, std::move(entry)};
}

std::vector<RawEntry> too_many_entries() {
  std::vector<RawEntry> entries = with({"a", ""});
  for (int i = 0; i < 20'001; ++i) entries.push_back({"files/" + std::to_string(i), ""});
  return entries;
}

std::string truncated(const std::string& zip) {
  return zip.substr(0, zip.size() - 30);
}

std::map<std::string, std::string> hostile_zips() {
  RawEntry link{"link", "/etc/passwd"};
  link.mode = 0120777;
  RawEntry device{"device", ""};
  device.mode = 0020666;
  RawEntry encrypted{"secret", "xxxx"};
  encrypted.flags = 1;
  RawEntry wrong_sum{"wrong", "data"};
  wrong_sum.crc = 1;
  RawEntry two_names{"one-name", "data"};
  two_names.local_name = "another";
  const RawEntry bomb = deflated("bomb", std::string(96UL * 1024 * 1024, '\0'));
  return {
      {"parent folder", raw_zip(with({"../escaped", "x"}))},
      {"parent folder inside", raw_zip(with({"a/../../escaped", "x"}))},
      {"absolute path", raw_zip(with({"/tmp/escaped", "x"}))},
      {"backslashes", raw_zip(with({"..\\escaped", "x"}))},
      {"empty name", raw_zip(with({"", "x"}))},
      {"a name twice", raw_zip(with({"manifest.json", kManifest}))},
      {"a file that is a folder", raw_zip(with({"manifest.json/x", "x"}))},
      {"not UTF-8", raw_zip(with({"\xff\xfe", "x"}))},
      {"a line feed in a name", raw_zip(with({"a\nb", "x"}))},
      {"a link out", raw_zip(with(link))},
      {"a device", raw_zip(with(device))},
      {"encrypted", raw_zip(with(encrypted))},
      {"a wrong sum", raw_zip(with(wrong_sum))},
      {"two names for one entry", raw_zip(with(two_names))},
      {"a bomb", raw_zip(with(bomb))},
      {"too many entries", raw_zip(too_many_entries())},
      {"no manifest", raw_zip(std::vector<RawEntry>{{"steps/run.sh", "echo ran\n"}})},
      {"manifest not at the root",
       raw_zip(std::vector<RawEntry>{{"evil/manifest.json", kManifest}})},
      {"manifest is no JSON", raw_zip(std::vector<RawEntry>{{"manifest.json", "{"}})},
      {"cut off", truncated(raw_zip(with({"a", "x"})))},
      {"no zip", "this is no zip"},
      {"empty", ""},
  };
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST_CASE("a hostile zip gives one clear error and leaves nothing") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"good", "1.0.0"}});
  for (const auto& [what, bytes] : hostile_zips()) {
    INFO(what);
    const fs::path zip = sandbox.root() / "hostile.zip";
    REQUIRE(replace_file(zip, bytes, Durability::relaxed));
    const auto stored = Sandbox::contents(sandbox.repository());
    for (const char* command : {"package publish -e dev ", "package verify "}) {
      const Ended refused = sandbox.cemli(1, command + zip.string());
      CHECK(count(refused.err, "error:") == 1);
      CHECK(refused.err.find("hostile.zip") != std::string::npos);
      CHECK(refused.out.empty());
    }
    CHECK(Sandbox::contents(sandbox.repository()) == stored);
    CHECK_FALSE(fs::exists(sandbox.root() / "escaped"));
    CHECK(fs::is_empty(sandbox.root() / "tmp"));
  }
  CHECK_FALSE(fs::exists("/tmp/escaped"));
}

}  // namespace
}  // namespace cemli::test
