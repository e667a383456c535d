#include "reconciler/execute/step_logs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "state/base/file.h"
#include "tests/support/sample_run.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

const SuccessSpec kSuccess{.fail = {"^ORA-"}, .logs = {"*.log", "out/*.txt"}};

/// A working directory with a few files, and what the rules find of what is done to them.
struct Folder {
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.path() / name, std::ios::trunc) << text;
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path() / name, std::ios::app) << text;
  }
  template <typename Deed>
  [[nodiscard]] std::vector<std::string> found_after(Deed deed,
                                                     const SuccessSpec& success = kSuccess) const {
    const StepLogs logs(folder.path(), success.logs);
    deed();
    OutputJudge judge(SuccessRules::compile(success).value());
    logs.judge_changes(judge, Masks());
    std::vector<std::string> found;
    for (const RuleHit& hit : judge.finish().hits) {
      if (hit.kind != RuleHit::Kind::warn) found.push_back(describe(hit));
    }
    return found;
  }

  TemporaryFolder folder = test::temporary_folder();
};

using Strings = std::vector<std::string>;

TEST_CASE("new log files are judged, where their names are named") {
  const Folder folder;
  CHECK(folder.found_after([&] {
    folder.write("a.log", "fine\nORA-1\n");
    folder.write("deep/b.log", "ORA-2\n");
    folder.write("out/c.txt", "ORA-3");
    folder.write("c.txt", "ORA-4\n");
  }) == Strings{"a.log:2: 'ORA-1' (^ORA-)", "out/c.txt:1: 'ORA-3' (^ORA-)"});
}

TEST_CASE("what stood in a log before is not judged again") {
  const Folder folder;
  folder.write("a.log", "ORA-1\nfine\n");
  CHECK(folder.found_after([] {}).empty());
  CHECK(folder.found_after([&] { folder.append("a.log", "ORA-2\n"); }) ==
        Strings{"a.log:3: 'ORA-2' (^ORA-)"});
}

TEST_CASE("a line that was begun before is judged when it is whole") {
  const Folder folder;
  folder.write("a.log", "ORA-1\nOR");
  CHECK(folder.found_after([&] { folder.append("a.log", "A-2\n"); }) ==
        Strings{"a.log:2: 'ORA-2' (^ORA-)"});
}

TEST_CASE("a rewritten log is judged whole, also where it is longer than before") {
  const Folder folder;
  folder.write("a.log", "first\n");
  CHECK(folder.found_after([&] { folder.write("a.log", "ORA-1\nand more\n"); }) ==
        Strings{"a.log:1: 'ORA-1' (^ORA-)"});
  folder.write("a.log", "ORA-5\n");
  CHECK(folder.found_after([&] {
    fs::remove(folder.folder.path() / "a.log");
    folder.write("a.log", "ORA-5\n");
  }) == Strings{"a.log:1: 'ORA-5' (^ORA-)"});
}

TEST_CASE("a log that is no regular file is a failure, and nobody waits for it") {
  const Folder folder;
  const auto found = folder.found_after([&] {
    ::mkfifo((folder.folder.path() / "pipe.log").c_str(), 0600);
    ::symlink("/etc/passwd", (folder.folder.path() / "link.log").c_str());
  });
  CHECK(found == Strings{"link.log: is not a regular file, so it cannot be judged (cemli/logs)",
                         "pipe.log: is not a regular file, so it cannot be judged (cemli/logs)"});
}

TEST_CASE("a named log that was never written is a warning") {
  const Folder folder;
  const StepLogs logs(folder.folder.path(), {"a.log"});
  OutputJudge judge(SuccessRules::compile(kSuccess).value());
  logs.judge_changes(judge, Masks());
  const RuleFindings findings = judge.finish();
  REQUIRE(findings.hits.size() == 1);
  CHECK(findings.hits[0].kind == RuleHit::Kind::warn);
  CHECK(describe(findings.hits[0]) == "a.log: there is no such log file (cemli/logs)");
}

}  // namespace
}  // namespace cemli
