#include "reconciler/record/evidence_writer.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "reconciler/execute/running_attempt.h"
#include "reconciler/package/zip_reader.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_run.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::MemoryStore;

const RunId kRun = "20261123T060000Z-00000001";

RunRecordFacts facts() {
  return {"dev",           kRun,       std::nullopt, Digest::of("plan"),
          "pipeline",      "runner-7", "0.1.0",      {{"PATH", Digest::of("/bin")}},
          "file:/packages"};
}

/// An attempt of package `a` with one step.
struct Attempted {
  Attempted() : run({{"a"}}) {
    report.folder = test::temporary_folder();
    report.artifacts = report.folder->path() / "artifacts";
    fs::create_directory(report.artifacts);
    report.outcome = Succeeded{};
    report.manifest = R"({"name":"a"})";
    report.steps = {StepExecution{.step = "run", .program = "steps/run.sh", .exit_code = 0}};
  }
  void print(std::string text) { report.steps[0].out.head = std::move(text); }
  void leave(const std::string& path, const std::string& bytes) const {
    fs::create_directories((report.artifacts / path).parent_path());
    REQUIRE(write_scratch_file(report.artifacts / path, bytes, 0644));
  }
  [[nodiscard]] Result<PackedEvidence> pack() const {
    return pack_evidence(report, run.plan.actions[0], facts());
  }
  [[nodiscard]] PackedEvidence packed() const {
    auto packed = pack();
    if (!packed) FAIL(packed.error().message());
    return *std::move(packed);
  }
  [[nodiscard]] std::string refusal() const {
    auto packed = pack();
    REQUIRE_FALSE(packed);
    return packed.error().message();
  }

  test::SampleRun run;
  AttemptReport report{Address::parse("a").value()};
};

AttemptEvidence decoded(const PackedEvidence& packed) {
  auto evidence = decode_attempt(packed.result);
  if (!evidence) FAIL(evidence.error().message());
  return *std::move(evidence);
}

/// Path to bytes of what a `files.zip` holds.
std::map<std::string, std::string> unzipped(const std::string& zip) {
  auto reader = ZipReader::open(zip);
  REQUIRE(reader);
  std::map<std::string, std::string> files;
  for (const ZipFile& file : reader->files()) {
    std::string& bytes = files[file.path];
    REQUIRE(reader->read(file, [&](std::string_view piece) {
      bytes += piece;
      return Result<void>();
    }));
  }
  return files;
}

TEST_CASE("short text stands in the result, and there is no zip") {
  Attempted attempted;
  attempted.print("created 3 tables\n");
  const PackedEvidence packed = attempted.packed();
  CHECK(packed.result_key == "dev/runs/" + kRun + "/a/1/result.json");
  CHECK(packed.files_key.empty());
  CHECK(packed.files.empty());
  CHECK(packed.reference() == ObjectReference{packed.result_key, Digest::of(packed.result)});
  const AttemptEvidence evidence = decoded(packed);
  CHECK(evidence.outcome == OutcomeKind::succeeded);
  CHECK(evidence.execution.at(0).out.text == "created 3 tables\n");
  CHECK_FALSE(evidence.execution.at(0).out.file);
  CHECK(evidence.source_object == "a/1.0.0.zip");
  CHECK_FALSE(evidence.files_zip);
}

TEST_CASE("64 KiB stand whole in the result, one byte more goes into the zip") {
  Attempted attempted;
  const std::string border(kLargestInlineStream, 'x');
  attempted.print(border);
  CHECK(decoded(attempted.packed()).execution.at(0).out.text == border);
  CHECK(attempted.packed().files.empty());

  attempted.print(border + "y");
  const PackedEvidence packed = attempted.packed();
  const StreamEvidence stream = decoded(packed).execution.at(0).out;
  CHECK(stream.text == border + "\n[cemli: cut here; whole in run/stdout]\n");
  CHECK(stream.size == border.size() + 1);
  CHECK(stream.file == "run/stdout");
  CHECK_FALSE(stream.replaced);
  CHECK(unzipped(packed.files) == std::map<std::string, std::string>{{"run/stdout", border + "y"}});
}

TEST_CASE("a long text is not cut within a character") {
  Attempted attempted;
  const std::string character = GENERATE(as<std::string>(), "é", "€", "😀");
  const auto shift = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{3});
  std::string text(kLargestInlineStream - shift, 'x');
  attempted.print(text + character + "tail");
  const StreamEvidence stream = decoded(attempted.packed()).execution.at(0).out;
  CHECK_FALSE(stream.replaced);
  if (character.size() <= shift) text += (character + "tail").substr(0, shift);
  CHECK(stream.text == text + "\n[cemli: cut here; whole in run/stdout]\n");
}

TEST_CASE("bytes that are not UTF-8 are shown replaced, and kept exactly") {
  Attempted attempted;
  const std::string bytes("a\xff\0b\x80", 5);
  attempted.print(bytes);
  const PackedEvidence packed = attempted.packed();
  const StreamEvidence stream = decoded(packed).execution.at(0).out;
  CHECK(stream.replaced);
  CHECK(stream.text == std::string("a\xef\xbf\xbd\0b\xef\xbf\xbd", 9));
  CHECK(stream.file == "run/stdout");
  CHECK(unzipped(packed.files) == std::map<std::string, std::string>{{"run/stdout", bytes}});
}

TEST_CASE("what was dropped is counted and marked") {
  Attempted attempted;
  attempted.report.steps[0].err = CapturedStream{"begin", "end", 1000};
  const StreamEvidence stream = decoded(attempted.packed()).execution.at(0).err;
  CHECK(stream.text == "begin\n[cemli: 1000 bytes dropped here]\nend");
  CHECK(stream.size == 1008);
  CHECK(stream.dropped == 1000);
}

TEST_CASE("artifacts go into the zip with their digests, nested ones by their path") {
  Attempted attempted;
  attempted.leave("report.csv", "a,b\n");
  attempted.leave("deep/er/data.bin", std::string("\0\1\2", 3));
  attempted.leave("empty", "");
  fs::create_directory(attempted.report.artifacts / "empty-folder");
  const PackedEvidence packed = attempted.packed();
  CHECK(packed.files_key == "dev/runs/" + kRun + "/a/1/files.zip");
  CHECK(unzipped(packed.files) ==
        std::map<std::string, std::string>{{"artifacts/report.csv", "a,b\n"},
                                           {"artifacts/deep/er/data.bin", std::string("\0\1\2", 3)},
                                           {"artifacts/empty", ""}});
  const AttemptEvidence evidence = decoded(packed);
  CHECK(evidence.files_zip == ObjectReference{packed.files_key, Digest::of(packed.files)});
  REQUIRE(evidence.files.size() == 3);
  CHECK(evidence.files[2] == EvidenceFile{"artifacts/report.csv", 4, Digest::of("a,b\n")});
}

TEST_CASE("an artifact that is no regular file is refused by its name") {
  Attempted attempted;
  attempted.leave("fine", "x");
  SECTION("a link") {
    fs::create_symlink("/etc/passwd", attempted.report.artifacts / "secrets.txt");
    CHECK(attempted.refusal() == "artifact 'secrets.txt' is not a regular file");
  }
  SECTION("a link to a folder") {
    fs::create_directory_symlink("/etc", attempted.report.artifacts / "etc");
    CHECK(attempted.refusal() == "artifact 'etc' is not a regular file");
  }
  SECTION("a name that is not UTF-8") {
    attempted.leave("bad\xff", "x");
    CHECK_THAT(attempted.refusal(), Catch::Contains("is not UTF-8"));
  }
}

TEST_CASE("a step that replaced the artifacts' folder by a link is refused") {
  Attempted attempted;
  fs::remove_all(attempted.report.artifacts);
  fs::create_directory_symlink("/etc", attempted.report.artifacts);
  CHECK(attempted.refusal() == "the folder of artifacts is not a folder any more");
}

TEST_CASE("a step that removed the artifacts' folder leaves none") {
  Attempted attempted;
  fs::remove_all(attempted.report.artifacts);
  CHECK(attempted.packed().files.empty());
}

TEST_CASE("an attempt that never had its package has evidence all the same") {
  Attempted attempted;
  attempted.report = report_without_programs(attempted.run.plan.actions[0],
                                             PreparationFailed{"the store is away"});
  const AttemptEvidence evidence = decoded(attempted.packed());
  CHECK(evidence.outcome == OutcomeKind::error);
  CHECK(evidence.summary == "the store is away");
  CHECK(evidence.manifest.empty());
}

TEST_CASE("zips are written before the results that name them") {
  Attempted attempted;
  attempted.leave("x", "x");
  MemoryStore inner;
  test::FaultyStore store(inner);
  REQUIRE(write_evidence(store, {attempted.packed()}));
  REQUIRE(store.sent().size() == 2);
  CHECK(store.sent()[0].first == attempted.packed().files_key);
  CHECK(store.sent()[1].first == attempted.packed().result_key);
}

TEST_CASE("evidence that is there already is success if it is the same, else a conflict") {
  Attempted attempted;
  attempted.leave("x", "x");
  MemoryStore store;
  const std::vector<PackedEvidence> packed{attempted.packed()};
  REQUIRE(write_evidence(store, packed));
  CHECK(write_evidence(store, packed));
  store.objects.at(packed[0].result_key) += " ";
  const auto again = write_evidence(store, packed);
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == ErrorCode::conflict);
  CHECK_THAT(again.error().message(), Catch::Contains(packed[0].result_key));
}

TEST_CASE("evidence whose answer was lost is recognised when it is written again") {
  Attempted attempted;
  MemoryStore inner;
  test::FaultyStore store(inner);
  store.lose_answers(1);
  const std::vector<PackedEvidence> packed{attempted.packed()};
  CHECK_FALSE(write_evidence(store, packed));
  CHECK(write_evidence(store, packed));
}

}  // namespace
}  // namespace cemli
