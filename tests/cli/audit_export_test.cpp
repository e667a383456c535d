#include <catch2/catch.hpp>
#include <sstream>

#include "state/base/digest.h"
#include "tests/cli/sandbox.h"
#include "tests/support/forgery.h"

// The page for auditors, docs/audit.md: what is typed here stands there, as it is.
namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// An environment `prod` with a run to export, and an auditor who types what the page says.
class Auditing {
 public:
  Auditing() : page_(read_file(CEMLI_AUDIT_PAGE).value()) {
    box_.publish({{"gl-base", "1.0.0", "echo made > $CEMLI_ARTIFACTS/made"},
                  {"gl-load", "1.0.0", "head -c 100000 /dev/zero | tr '\\0' x"}});
    desire("  gl-base: 1.0.0\n");
    box_.cemli(0, "apply -e prod --auto-approve");
    desire("  gl-base: 1.0.0\n  gl-load: 1.0.0\n");
    box_.cemli(0, "apply -e prod --auto-approve");
    box_.cemli(0, {"state", "taint", "gl-base", "--why", "an operator's word", "-e", "prod"});
  }

  Sandbox& box() { return box_; }

  void desire(const std::string& packages) {
    box_.write("environments/prod.yaml", "format: 1\nenvironment: prod\npackages:\n" + packages);
    box_.commit();
  }

  Ended type(int exit_code, const std::string& line) {
    CHECK_THAT(page_, Contains("\n" + line + "\n"));
    return box_.cemli(exit_code, line.substr(6));
  }

  /// Exports the last run, as the page says, and returns what was printed.
  Ended export_run() { return type(0, "cemli audit export latest -e prod -o change-4711.tar"); }

  /// The lines of the page's block that begins with unpacking.
  [[nodiscard]] std::vector<std::string> auditors_lines() const {
    const std::size_t begin = page_.find("mkdir change-4711");
    const std::string block = page_.substr(begin, page_.find("```", begin) - begin);
    std::vector<std::string> lines;
    std::istringstream stream(block);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

  /// Types the first line, calls `meddle` in what was unpacked, and types the others. What they
  /// printed, errors and all.
  std::string check(const std::function<void(const fs::path&)>& meddle = [](const fs::path&) {}) {
    const std::vector<std::string> lines = auditors_lines();
    REQUIRE(lines.size() == 10);
    fs::remove_all(box_.repository() / "change-4711");
    CHECK(shell(lines.front(), box_.repository()).empty());
    const fs::path folder = box_.repository() / "change-4711";
    meddle(folder);
    std::string printed;
    for (std::size_t i = 1; i < lines.size(); ++i) printed += shell(lines[i], folder);
    return printed;
  }

 private:
  /// Runs one line in a shell; what it printed.
  std::string shell(const std::string& line, const fs::path& folder) {
    Command command({.argv = {"/bin/sh", "-c", line},
                     .environment = {{"PATH", "/usr/bin:/bin"}},
                     .folder = folder,
                     .output = box_.root() / "shell"});
    const Ended ended = command.wait();
    return ended.out + ended.err;
  }

  std::string page_;
  Sandbox box_;
};

/// The head in what `audit export` printed.
std::string head_in(const std::string& text) {
  const std::size_t begin = text.find("head: ") + 6;
  return text.substr(begin, text.find('\n', begin) - begin);
}

void flip_exported_byte(const fs::path& path) {
  std::string bytes = read_file(path).value();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x01);
  REQUIRE(replace_file(path, bytes, Durability::relaxed));
}

std::vector<fs::path> recorded_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& [path, bytes] : Sandbox::contents(folder / "recorded"))
    files.push_back(folder / "recorded" / path);
  return files;
}

TEST_CASE("page: an untouched export is checked with sha256sum, and ends at the head") {
  Auditing auditing;
  const std::string head = head_in(auditing.export_run().out);
  const std::string digest = head.substr(head.find(':') + 1);
  const std::string seq = head.substr(0, head.find(':'));
  const std::string newest = "recorded/prod/log/" + std::string(20 - seq.size(), '0') + seq;
  CHECK(auditing.check() == digest + " " + newest + ".json\n");
  // The archive's own README has the same lines.
  const std::string readme = read_file(auditing.box().repository() / "change-4711/README").value();
  const std::vector<std::string> lines = auditing.auditors_lines();
  for (std::size_t i = 1; i < lines.size(); ++i) CHECK_THAT(readme, Contains(lines[i] + "\n"));
}

TEST_CASE("page: whatever is changed in an export shows") {
  Auditing auditing;
  auditing.export_run();
  const std::string clean = auditing.check();
  const std::size_t count = recorded_files(auditing.box().repository() / "change-4711").size();
  CHECK(count >= 8);
  for (std::size_t i = 0; i < count; ++i) {
    std::string name;
    const auto file = [&](const fs::path& folder) {
      fs::path path = recorded_files(folder).at(i);
      name = path.lexically_relative(folder);
      return path;
    };
    CHECK_THAT(auditing.check([&](const fs::path& folder) { flip_exported_byte(file(folder)); }),
               Contains(name + ": FAILED"));
    CHECK_THAT(auditing.check([&](const fs::path& folder) { fs::remove(file(folder)); }),
               Contains(name));
    // With a list made anew, the chain still tells.
    CHECK(auditing.check([&](const fs::path& folder) {
      flip_exported_byte(file(folder));
      REQUIRE(std::system(("cd " + folder.string() +
                           " && find recorded -type f | sort | xargs sha256sum > SHA256SUMS")
                              .c_str()) == 0);
    }) != clean);
  }
  CHECK_THAT(auditing.check([](const fs::path& folder) {
    REQUIRE(create_file(folder / "recorded/prod/runs/more", "more", Durability::relaxed));
  }),
             Contains("recorded/prod/runs/more"));
}

TEST_CASE("page: what does not belong into an export shows, though it is listed") {
  Auditing auditing;
  auditing.export_run();
  const std::string clean = auditing.check();
  const auto listed = [](const fs::path& folder) {
    REQUIRE(std::system(("cd " + folder.string() +
                         " && find -L recorded -type f | sort | xargs sha256sum > SHA256SUMS")
                            .c_str()) == 0);
  };
  // Something that vouches for other rules than those that the log names.
  const std::string forged = auditing.check([&](const fs::path& folder) {
    const fs::path run = *fs::directory_iterator(folder / "recorded/prod/runs");
    const std::string rules = R"({"allowed_signers":null,"policy":{"mutable_versions":true}})";
    REQUIRE(replace_file(run / "policy.json", rules, Durability::relaxed));
    REQUIRE(create_file(folder / "recorded/prod/notes.json",
                        R"({"policy":")" + Digest::of(rules).hex() + "\"}", Durability::relaxed));
    listed(folder);
  });
  CHECK_THAT(forged, Contains("recorded/prod/notes.json\n"));
  CHECK_THAT(forged, Contains("not named: recorded/prod/runs/") && Contains("/policy.json"));
  CHECK_THAT(auditing.check([&](const fs::path& folder) {
    REQUIRE(create_file(folder / "elsewhere.json", "{}", Durability::relaxed));
    fs::create_symlink("../../../elsewhere.json", folder / "recorded/prod/log/7777.json");
    listed(folder);
  }),
             Contains("./recorded/prod/log/7777.json"));
  CHECK_THAT(auditing.check([](const fs::path& folder) {
    fs::create_directories(folder / "signatures/heads");
    REQUIRE(create_file(folder / "signatures/heads/7.json: Good\\c.sig", "", Durability::relaxed));
  }),
             Contains("7.json: Good"));
  CHECK(auditing.check() == clean);
}

TEST_CASE("page: an anchor that was kept shows that the log's end was cut off") {
  Auditing auditing;
  Sandbox& box = auditing.box();
  box.cemli(0, "plan -e prod -o plan-of-last-month.json");
  const std::string exported = auditing.export_run().out;
  const std::string head = head_in(exported);
  auditing.check();
  REQUIRE(create_file(box.repository() / "status.txt", box.cemli(0, "status -e prod").out,
                      Durability::relaxed));
  auditing.type(0, "cemli audit verify -e prod --anchor plan-of-last-month.json");
  const std::vector<std::string> anchors{"plan-of-last-month.json", head, "change-4711/export.json",
                                         "status.txt"};
  for (const std::string& anchor : anchors) box.cemli(0, "audit verify -e prod --anchor " + anchor);

  fs::remove_all(box.root() / "home/.cache");
  const fs::path log = box.store() / "state/prod/log";
  const std::string seq = head.substr(0, head.find(':'));
  fs::remove(log / (std::string(20 - seq.size(), '0') + seq + ".json"));
  // The entry held an operator's word alone, so that nothing else has seen it.
  auditing.type(0, "cemli audit verify -e prod");
  for (const std::string& anchor : anchors)
    CHECK_THAT(box.cemli(1, "audit verify -e prod --anchor " + anchor).out,
               Contains("has seen it: the log's tail is cut"));
  CHECK_THAT(box.cemli(1, "audit verify --json -e prod --anchor status.txt").out,
             Contains("'status.txt' has seen it"));
}

TEST_CASE("an anchor that is none is refused, and says what one is") {
  Auditing auditing;
  Sandbox& box = auditing.box();
  CHECK_THAT(box.cemli(1, "audit verify -e prod --anchor 7:abc").err,
             Contains("'7:abc' is neither SEQ:HASH nor a file"));
  box.write("notes.txt", "nothing of interest\n");
  CHECK_THAT(box.cemli(1, "audit verify -e prod --anchor notes.txt").err,
             Contains("'notes.txt' is no anchor") && Contains("an anchor is SEQ:HASH"));
}

TEST_CASE("an export is written whole or not at all") {
  Auditing auditing;
  Sandbox& box = auditing.box();
  const auto before = Sandbox::contents(box.store());
  SECTION("into the file of the run's name, where none is given") {
    const std::string out = box.cemli(0, "audit export latest -e prod").out;
    const std::string run = out.substr(13, out.find(" to ") - 13);
    CHECK(fs::is_regular_file(box.repository() / (run + ".tar")));
  }
  SECTION("not where the evidence is not what was recorded") {
    for (const auto& [path, bytes] : before) {
      if (path.ends_with("gl-load/1/result.json"))
        REQUIRE(replace_file(box.store() / path, bytes + " ", Durability::relaxed));
    }
    CHECK_THAT(box.cemli(1, "audit export latest -e prod -o change.tar").err,
               Contains("gl-load/1/result.json") && Contains("cemli audit verify -e prod"));
    CHECK_FALSE(fs::exists(box.repository() / "change.tar"));
  }
  SECTION("not of a run that nobody knows") {
    CHECK_THAT(box.cemli(1, "audit export 20200101 -e prod -o change.tar").err,
               Contains("20200101"));
    CHECK_FALSE(fs::exists(box.repository() / "change.tar"));
  }
  SECTION("not into a folder that is not there") {
    CHECK_THAT(box.cemli(1, "audit export latest -e prod -o missing/change.tar").err,
               Contains("missing/change.tar"));
  }
  for (const auto& entry : fs::directory_iterator(box.repository()))
    CHECK_THAT(entry.path().filename().string(), !Contains("change.tar."));
}

}  // namespace
}  // namespace cemli::test
